"""Tests of ``domains/signals``."""
