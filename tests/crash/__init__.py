"""Servers and programs killed in the middle of posting, started again, and asked again."""
