"""Tests of observed costs."""
