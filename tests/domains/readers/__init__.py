"""Tests of ``domains/readers``."""
