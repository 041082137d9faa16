"""The policy domains and the rules across them: what a municipality decides about money.

``api`` asks, ``domains`` decides, ``ledger`` writes. Nothing in here knows HTTP, a page or the
command line.
"""
