"""Tests of the book of domain benefits."""
