"""Tests of ``domains/declarations``."""
