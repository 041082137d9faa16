"""Tests of ``domains/budgets``."""
