"""Families, their members and their budgets, on real books."""
