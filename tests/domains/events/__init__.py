"""Tests of ``domains/events``."""
