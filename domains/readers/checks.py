"""Checks that every budget file gets: the right year, and the unit that it seems to be in.

An amount in the wrong unit is a thousand times off and looks fine on every line. So the whole
is compared with the number of inhabitants: every Dutch municipality budgets between roughly
2 500 and 14 000 euro per inhabitant.
"""

import re
from collections.abc import Iterable
from typing import Final

from domains.budgets.taakvelden import ever, in_year
from domains.municipalities.names import Municipality
from domains.readers.model import BudgetLine, Unit
from domains.readers.refusals import NoFigures, UnlikelyUnit, WrongYear
from ledger.money import show

LEAST_PER_INHABITANT_CENTS: Final = 200_00
"""Below this a file is not even one policy field of a municipality, so it is in thousands."""

MOST_PER_INHABITANT_CENTS: Final = 60_000_00
"""Four times what the most expensive municipality budgets, so it is not in thousands."""

UNIT_NAMES: Final = {Unit.EURO: "euro's", Unit.THOUSAND: "duizenden euro's"}

_DATE_IN_NAME: Final = re.compile(
    r"20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}-[0-9]{1,2}-20[0-9]{2}"
)
_YEAR_IN_NAME: Final = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_FIRST_YEAR: Final = 2017
_LAST_YEAR: Final = 2099
_ENOUGH_FOREIGN_CODES: Final = 3


def check_year_in_name(file_name: str, *, year: int) -> None:
    """Refuse a file whose name names years, but not the year that was asked for.

    Folders do not count, and neither does a date: a budget is decided in the year before.

    :raises WrongYear: the name says another year.
    """
    own_name = re.split(r"[/\\\\]", file_name)[-1]
    named = _YEAR_IN_NAME.findall(_DATE_IN_NAME.sub("", own_name))
    if named and str(year) not in named:
        raise WrongYear(
            file_name=file_name,
            year=year,
            found=" en ".join(dict.fromkeys(named)),
            where="de naam van het bestand",
            line=None,
        )


def check_coding(codes: Iterable[str], *, file_name: str, year: int) -> None:
    """Refuse a file whose taakvelden are the coding of other years.

    One strange code is a typing error and is left to the check per line; several codes that all
    belong to the same other years are a file of another year.

    :raises WrongYear: all codes fit other years, and three or more do not fit this one.
    """
    used = set(codes)
    foreign = [code for code in used if ever(code) and in_year(code, year) is None]
    if len(foreign) < _ENOUGH_FOREIGN_CODES:
        return
    fits = [
        other
        for other in range(_FIRST_YEAR, _LAST_YEAR + 1)
        if all(in_year(code, other) for code in used)
    ]
    if fits:
        span = f"{fits[0]} of later" if fits[-1] == _LAST_YEAR else f"{fits[0]}-{fits[-1]}"
        shown = ", ".join(sorted(foreign)[:_ENOUGH_FOREIGN_CODES])
        raise WrongYear(
            file_name=file_name,
            year=year,
            found=span,
            where=f"de taakvelden, zoals {shown}",
            line=None,
        )


def check_figures(
    lines: Iterable[BudgetLine], *, file_name: str, municipality: Municipality
) -> None:
    """Refuse a budget without a single amount.

    :raises NoFigures: every amount is nought or missing.
    """
    if not any(line.expenses_cents or line.revenues_cents for line in lines):
        raise NoFigures(file_name=file_name, municipality=municipality.name)


def check_unit(
    lines: Iterable[BudgetLine], *, file_name: str, municipality: Municipality, unit: Unit
) -> None:
    """Refuse a budget that is absurdly small or large for the number of inhabitants.

    :raises UnlikelyUnit: less than 200 or more than 60 000 euro per inhabitant.
    """
    total = sum(line.expenses_cents for line in lines if line.expenses_cents > 0)
    each = total // municipality.inhabitants
    if LEAST_PER_INHABITANT_CENTS <= each <= MOST_PER_INHABITANT_CENTS:
        return
    other = Unit.THOUSAND if unit is Unit.EURO else Unit.EURO
    otherwise = each * other.cents // unit.cents
    fits = LEAST_PER_INHABITANT_CENTS <= otherwise <= MOST_PER_INHABITANT_CENTS
    raise UnlikelyUnit(
        file_name=file_name,
        municipality=municipality.name,
        read_as=UNIT_NAMES[unit],
        per_inhabitant=show(each),
        likely=UNIT_NAMES[other] if fits else "",
    )
