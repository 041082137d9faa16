"""What an account of the book LASTEN is to the outside: its type, and its place in Iv3.

The codes of Iv3 are those of ``domains/data``; of some we only know the name by custom, and the
column ``status`` says so.
"""

import re
from enum import StrEnum
from typing import Final

from domains import chart
from domains.data.files import rows_of

_ONE_CODE: Final = re.compile(r"[0-9]+(\.[0-9]+)+[a-d]?")


class AccountType(StrEnum):
    """On which side of the annual accounts (jaarrekening) an account stands."""

    BALANCE = "BALANS"
    EXPENSES = "LASTEN"
    REVENUES = "BATEN"


_CHART: Final = {row["rekening"]: row for row in rows_of("rekeningschema.csv")}
_BALANCE_CODES: Final = {row["rekening"]: row["balanscode"] for row in rows_of("iv3_balans.csv")}
_CATEGORIES: Final = {row["code"]: row for row in rows_of("economische_categorieen.csv")}
_BUDGET_CATEGORIES: Final = rows_of("iv3_begroting.csv")
_BY_FIRST_DIGIT: Final = {"4": AccountType.EXPENSES, "8": AccountType.REVENUES}
_SIDE_LETTERS: Final = {AccountType.EXPENSES: "L", AccountType.REVENUES: "B"}

BETWEEN_FUNDS: Final = (chart.DUE_FROM, chart.DUE_TO)
"""What funds of one municipality owe each other: no claim and no debt to the outside."""


def type_of(code: str) -> AccountType:
    """Say on which side an account stands; one that the chart lacks, by its first digit."""
    row = _CHART.get(code)
    if row is not None and row["soort"]:
        return AccountType(row["soort"])
    return _BY_FIRST_DIGIT.get(code[:1], AccountType.BALANCE)


def iv3_place_of(code: str) -> str:
    """Give the taakveld or balance item that the chart wants for an account, as it is written."""
    row = _CHART.get(code)
    return row["iv3_taakveld_of_balanspost"] if row else ""


def only_taakveld_of(code: str) -> str | None:
    """Give the one taakveld of an account, where the chart leaves no choice."""
    return _only(iv3_place_of(code))


def only_category_of(code: str) -> str | None:
    """Give the one economic category of an account, where the chart leaves no choice."""
    row = _CHART.get(code)
    return _only(row["iv3_categorie"]) if row else None


def balance_code_of(code: str) -> str | None:
    """Give the Iv3 balance item (balanscode) of an account, such as ``P112``."""
    return _BALANCE_CODES.get(code)


def category_name(category: str) -> str:
    """Name an economic category; empty where there is none of this code."""
    row = _CATEGORIES.get(category)
    return row["naam"] if row else ""


def is_category(category: str, side: AccountType) -> bool:
    """Return whether an economic category exists on a side of Iv3."""
    row = _CATEGORIES.get(category)
    return row is not None and _SIDE_LETTERS[side] in row["lasten_baten"]


def budget_category(side: str, *, source: str, taakveld: str) -> str:
    """Give the category on which a budgeted amount stands in Iv3.

    The council authorises per taakveld, without a category; the first row that fits is ours.
    """
    return next(
        row["categorie"]
        for row in _BUDGET_CATEGORIES
        if row["kant"] == side and row["bron"] in {"", source} and row["taakveld"] in {"", taakveld}
    )


def _only(text: str) -> str | None:
    return text if _ONE_CODE.fullmatch(text) else None
