"""The HTTP interface under ``/v1``: what comes in, who may ask it, and what goes out.

One file per subject holds its structs and handlers; the Dutch field names of the structs are the
wire. ``perform.py`` is the one way to change something, ``design_rules.py`` what every answer has.
"""
