"""Invented municipalities with known effects, and what the estimates make of them."""
