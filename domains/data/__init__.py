"""Small data files that travel with the program; ``SOURCES.md`` names publisher and licence."""
