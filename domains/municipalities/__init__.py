"""The municipalities of the Netherlands: codes, names, aliases and inhabitants."""
