"""The report of domain benefits: who created what for whom, how sure that is, and what it cost."""
