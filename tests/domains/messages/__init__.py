"""Tests of ``domains/messages``."""
