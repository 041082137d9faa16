"""Everything that asks: HTTP, command line, identity, settings, clock and the commit.

No rule about money lives here. Only `settings.py` reads the environment, only `clock.py` reads the
time and makes ids, only `db.py` commits; `postgres.py` starts and stops the embedded database.
"""
