"""Tests of the policy domains and the rules across them."""
