"""What the elements of a message may hold: patterns, code lists, ranges and the 11-check."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any, Final

from domains.messages.standard import Law

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAST_YEAR: Final = 2199
"""No day of a message lies after it: 9999-12-31, said for "no end", has no day after it."""
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?")
_TURNING: Final = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_HIDDEN: Final = re.compile(rf"[\x00-\x1f{_TURNING}]")
"""Control characters and signs that turn the direction of a text."""
_HIDDEN_IN_LINES: Final = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f{_TURNING}]")
"""The same of a text that may have lines."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the text of an element may be: ``read`` gives its value, or raises ValueError."""

    read: Callable[[str], Any]
    told: str
    """Dutch, for whoever sent something else."""


def fitting(
    pattern: str, told: str, *, most: int | None = None, hidden: re.Pattern[str] = _HIDDEN
) -> Content:
    """Give a text that fits a pattern whole, and all of which can be seen.

    ``told`` says so in Dutch.
    """
    wanted = re.compile(pattern, re.DOTALL)

    def read(text: str) -> str:
        if wanted.fullmatch(text) is None or (most is not None and len(text) > most):
            raise ValueError
        if hidden.search(text) is not None:
            raise ValueError
        return text

    return Content(read=read, told=told)


def words(most: int) -> Content:
    """Give a text that is not empty and not only spaces."""
    told = f"1 tot en met {most} tekens, niet alleen spaties en zonder stuurtekens"
    return fitting(r".*\S.*", told, most=most)


def one_of(*values: str) -> Content:
    """Give a code from a list."""
    allowed = frozenset(values)

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return Content(read=read, told=f"een van {', '.join(values)}")


def whole(most: int) -> Content:
    """Give a whole number from zero."""

    def read(text: str) -> int:
        plain = text.strip()
        if _NUMBER.fullmatch(plain) is None or not 0 <= int(plain) <= most:
            raise ValueError
        return int(plain)

    return Content(read=read, told=f"een geheel getal van 0 tot en met {most}")


@lru_cache(maxsize=4_096)  # A file of many lines has few days.
def _day(text: str) -> date:
    plain = text.strip()
    if _DATE.fullmatch(plain) is None:
        raise ValueError
    day = date.fromisoformat(plain)
    if day.year > _LAST_YEAR:
        raise ValueError
    return day


def _moment(text: str) -> time:
    plain = text.strip()
    if _TIME.fullmatch(plain) is None:
        raise ValueError
    return time.fromisoformat(plain[:8])


def passes_eleven_check(bsn: str) -> bool:
    """Return whether a citizen service number (BSN) has nine digits that pass the 11-check.

    Nine times the first digit, eight times the second and so on, less the last one, is a multiple
    of eleven (constraint CS002 of the standard).
    """
    if re.fullmatch("[0-9]{9}", bsn) is None or bsn == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(bsn, weights, strict=True)) % 11 == 0


def _bsn(text: str) -> str:
    if not passes_eleven_check(text):
        raise ValueError
    return text


DATE: Final = Content(
    read=_day,
    told=f"een bestaande datum als 2026-04-30, zonder tijdzone en niet na {_LAST_YEAR}",
)
TIME_OF_DAY: Final = Content(read=_moment, told="een tijd als 12:34:56, zonder tijdzone")
BSN: Final = Content(read=_bsn, told="een BSN van negen cijfers dat aan de elfproef voldoet")
AGB: Final = fitting("[0-9]{8}", "een AGB-code van acht cijfers")
GEMEENTE: Final = fitting("[0-9]{4}", "een gemeentecode van vier cijfers")
CENTS: Final = whole(99_999_999)
COUNT: Final = whole(99_999_999)
NUMBER_9: Final = whole(999_999_999)
TOTAL: Final = whole(999_999_999_999)
SIDE: Final = one_of("C", "D")
UNIT: Final = one_of("01", "04", "14", "16", "82", "83", "84")
CATEGORIES: Final = {
    Law.YOUTH: one_of(*(str(code) for code in (*range(31, 39), *range(40, 56)))),
    Law.SUPPORT: one_of(*(f"{code:02d}" for code in range(1, 19))),
}
CODE: Final = words(5)
SURNAME: Final = words(200)
PREFIX: Final = words(10)
INITIALS: Final = fitting("[a-zA-ZÀ-ỳ]{1,6}", "1 tot en met 6 letters")
REFERENCE: Final = words(36)
LINE_REFERENCE: Final = fitting(r".{1,20}", "1 tot en met 20 tekens, zonder stuurtekens")
REMARK: Final = fitting(
    r"(?s)\s*\S.*", "een tekst die niet leeg is, zonder stuurtekens", hidden=_HIDDEN_IN_LINES
)
DELIVERY_STATUS: Final = one_of("1", "2", "3", "9")
END_REASONS: Final = {
    Law.YOUTH: one_of("02", "20", *(str(code) for code in range(31, 40))),
    Law.SUPPORT: one_of("02", "19", "20", "21", "22", "23", "31", "36", "37", "38", "39"),
}
VERSION: Final = fitting(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", "een versie als 1.0.0")
YES_NO: Final = one_of("1", "2")
RETURN_CODE: Final = fitting("[0-9S][0-9]{3}", "een retourcode van vier tekens")
