"""Tests of ``domains/privacy``."""
