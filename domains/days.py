"""How a day is written to people."""

from datetime import date


def day_text(day: date) -> str:
    """Return a day as a Dutch reader writes it in figures."""
    return f"{day.day}-{day.month}-{day.year}"
