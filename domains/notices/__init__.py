"""Notices: what providers tell and ask about one person (305-317), and our reply (319)."""
