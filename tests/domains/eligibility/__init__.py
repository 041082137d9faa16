"""Tests of ``domains/eligibility``."""
