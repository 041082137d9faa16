"""Tests of debt help that other systems tell of."""
