"""Moving money from the council's budget into district and family budgets."""
