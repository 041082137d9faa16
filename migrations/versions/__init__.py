"""The steps, in order of their date."""
