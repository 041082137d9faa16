"""Tests of the end of a year."""
