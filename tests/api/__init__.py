"""Tests of what asks: settings, clock, database server, HTTP, pages and command line."""
