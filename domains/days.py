"""Days: on which one a moment falls, how it is written to people, in which month it lies."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NETHERLANDS: Final = ZoneInfo("Europe/Amsterdam")


def calendar_day(moment: datetime) -> date:
    """Return the calendar day in the Netherlands on which an aware moment falls."""
    return moment.astimezone(NETHERLANDS).date()


def day_text(day: date) -> str:
    """Return a day as a Dutch reader writes it in figures."""
    return f"{day.day}-{day.month}-{day.year}"


def next_month(day: date) -> date:
    """Return the first day of the month after the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
