"""Read the amounts and figures that people and statistics offices put in a file.

Whole numbers, or one or two decimals after a comma or a point. Anything that could mean two
things, such as ``1.234``, is refused with the reason.
"""

import re
from typing import Final

from domains.readers.model import Unit
from ledger.money import MAX_CENTS

NO_FIGURE: Final = -99998
"""What CBS writes where there is no figure; it is not an amount."""

_AMOUNT: Final = re.compile(r"(-?)([0-9]+)(?:[.,]([0-9]{1,2}))?")
_CBS_NO_FIGURE: Final = re.compile(r"-9999[78](?:[.,]0+)?")
_MOST_DIGITS: Final = 15

_REASONS: Final = tuple(
    (re.compile(form), why)
    for form, why in (
        ("", "is leeg"),
        (
            r"-?[0-9]{1,3}[.,][0-9]{3}",
            "kan duizendtallen of drie decimalen hebben; laat de punt weg of schrijf centen",
        ),
        (r"-?[0-9]+[.,][0-9]{3,}", "heeft meer dan twee decimalen"),
        (
            r"-?[0-9]{1,3}(?:[. ,'][0-9]{3})+(?:[.,][0-9]*)?",
            "heeft tekens tussen de duizendtallen; laat die weg",
        ),
        (r"-?[0-9.,]+[eE][+-]?[0-9]+", "staat in wetenschappelijke notatie; schrijf het voluit"),
        (r"[0-9.,]+-", "heeft de min achteraan; zet die vooraan"),
        (r"-?[0-9]+(?:[.,][0-9]{1,2})?", "is te groot voor een bedrag"),
    )
)


class UnreadableError(ValueError):
    """A cell is no amount; the text is the reason in Dutch."""


def is_no_figure(text: str) -> bool:
    """Return whether a cell holds the code with which CBS says that there is no figure."""
    return _CBS_NO_FIGURE.fullmatch(text) is not None


def cents(text: str, *, unit: Unit) -> int:
    """Turn a cell into whole cents, exactly.

    :raises UnreadableError: the cell is no amount, or could mean two things.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None or len(found[2]) > _MOST_DIGITS:
        raise UnreadableError(_reason(text))
    sign, whole, decimals = found.groups(default="")
    amount = int(whole) * unit.cents + int(decimals.ljust(2, "0")) * unit.cents // 100
    if amount > MAX_CENTS:
        raise UnreadableError("is te groot voor een bedrag")
    return -amount if sign else amount


def whole_number(text: str) -> int | None:
    """Turn a cell into a count of people or households; ``None`` where there is no figure.

    :raises UnreadableError: the cell is no whole number of nought or more.
    """
    if text in {"", "."} or is_no_figure(text):
        return None
    if re.fullmatch(r"[0-9]{1,9}(?:[.,]0)?", text) is None:
        raise UnreadableError("is geen heel aantal van 0 of meer")
    return int(re.split(r"[.,]", text)[0])


def _reason(text: str) -> str:
    """Return in Dutch why a cell is no amount: the first pattern that fits says it."""
    return next((why for form, why in _REASONS if form.fullmatch(text)), "is geen bedrag")
