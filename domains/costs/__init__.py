"""Observed costs: what families cost outside a family budget, as the care administration knows."""
