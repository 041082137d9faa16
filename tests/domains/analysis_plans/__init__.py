"""Tests of interventions and analysis plans."""
