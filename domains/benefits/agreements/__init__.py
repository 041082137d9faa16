"""Agreements between domains on sharing savings, and what they settle."""
