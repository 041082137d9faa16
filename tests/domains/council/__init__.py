"""Tests of ``domains/council``."""
