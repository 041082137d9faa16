"""Family budgets from opening to closing, on real books."""
