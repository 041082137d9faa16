"""The command line, with a real database behind it."""
