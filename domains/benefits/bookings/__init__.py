"""The book of domain benefits: studies that are kept, their lines by state, and who signed them."""
