"""Read the data files that travel with the program.

They are ours and tested, so a fault in them is a bug and not a refusal.
"""

import csv
from importlib.resources import files


def content_of(name: str) -> bytes:
    """Return a shipped file as it is on disk."""
    return files("domains.data").joinpath(name).read_bytes()


def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a shipped CSV file by column name, all cells as text."""
    lines = content_of(name).decode("utf-8").splitlines()
    return tuple(csv.DictReader(lines, delimiter=";", strict=True))
