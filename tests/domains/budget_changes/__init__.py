"""Tests of ``domains/budget_changes``."""
