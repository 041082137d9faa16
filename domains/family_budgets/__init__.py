"""Opening, topping up, returning, closing and reopening family budgets."""
