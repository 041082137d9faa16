"""Families as pseudonyms, and the budget that a family has."""
