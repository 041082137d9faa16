"""Interventions, and the plans that say beforehand which of their effects will be estimated."""
