"""Tests of ``domains/reservations``."""
