"""Draws (trekkingen): a request for help from a family budget, and the decision on it.

Help first, payer later: a request is refused for what it is, never because a budget is empty.
"""
