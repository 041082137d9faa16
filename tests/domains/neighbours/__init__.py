"""Tests of ``domains/neighbours``."""
