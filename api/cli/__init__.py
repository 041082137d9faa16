"""The command `ontschot`: one file per verb, plus how words come in and results go out.

Results go to stdout, messages to stderr. Exit codes: 0 well, 1 a finding or a refusal, 2 wrong use,
3 this machine or its settings, 70 a fault in the program itself.
"""
