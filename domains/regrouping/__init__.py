"""Splitting a family in two and merging two into one, with their money and their help."""
