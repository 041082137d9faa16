"""Families split and merge, on real books."""
