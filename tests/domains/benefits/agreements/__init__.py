"""Tests of agreements on sharing savings."""
