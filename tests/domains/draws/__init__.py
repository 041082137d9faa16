"""Tests of ``domains/draws``."""
