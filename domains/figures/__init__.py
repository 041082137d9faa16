"""Figures that people steer by: how far budgets are used up, and why costs differ from the plan."""
