"""Tests of accruals."""
