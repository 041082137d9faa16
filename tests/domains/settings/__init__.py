"""Tests of ``domains/settings``."""
