"""Days: how one is written to people, and in which month it lies."""

from datetime import date, timedelta


def day_text(day: date) -> str:
    """Return a day as a Dutch reader writes it in figures."""
    return f"{day.day}-{day.month}-{day.year}"


def next_month(day: date) -> date:
    """Return the first day of the month after the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
