"""Eligibility: which fund source may pay which help, for whom, on which day, by which article.

``catalogue.py`` loads the rules and the kinds of help that travel with the program; ``rules.py``
judges them; a rule is data, never code.
"""
