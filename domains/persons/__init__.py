"""Persons: who stands behind a pseudonym, kept apart from the ledger and sealed per family."""
