"""Tests of ``domains/persons``."""
