"""Tests of ``domains/sources``."""
