"""Tests of ``domains/providers``."""
