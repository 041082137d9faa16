"""Tests of ``domains/benefits``."""
