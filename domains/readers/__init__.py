"""Files that come in: bytes in, values out, nothing booked.

One file per format, each with ``recognises`` and ``read``; ``registry.py`` holds the tuple of
budget readers and picks the right one.
"""
