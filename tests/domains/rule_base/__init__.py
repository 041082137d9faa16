"""Tests of ``domains/rule_base``."""
