"""Budgets: what the council authorised, from which source, and the taakvelden it stands on."""
