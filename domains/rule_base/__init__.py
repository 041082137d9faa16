"""The rule base of a municipality: the common rules, and what it added or narrowed by a decision.

Rules that are law stay as they are everywhere; no version of a rule is ever changed or lost.
"""
