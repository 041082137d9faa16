"""Costs of who moved away: the new municipality bears them where both have their books here."""
