"""Tests of what leaves for others: it adds up to the books, and stays the same."""
