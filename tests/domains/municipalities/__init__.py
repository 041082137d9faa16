"""Tests of ``domains/municipalities``."""
