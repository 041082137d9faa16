"""How figures follow from the books: grouping, forecast, and the split of a variance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final

from domains import chart
from domains.benefits.policy_domains import DOMAINS
from domains.council.model import Authorised
from domains.council.rules import programme_of
from domains.exports.model import Column, ColumnKind, Table
from domains.figures.model import (
    Delivered,
    Grouping,
    Holding,
    Used,
    Utilisation,
    UtilisationRow,
    Variance,
)
from domains.providers.model import Unit

METHOD: Final = (
    "Prognose: wat besteed en verplicht is, of meer als de bestedingen tot en met de peildatum"
    " rechtlijnig doorgaan tot en met 31 december."
)
"""How the forecast is made, in Dutch."""

_PLACES: Final = (
    chart.FREE,
    chart.COMPLEX_RESERVE,
    chart.DISTRICT,
    chart.FAMILY,
    chart.LAPSED,
    chart.CARRIED,
)
"""Where money of a budget lies that nobody granted: also what lapsed or went to the next year."""

_NUMBERS: Final = (
    "granted_volume_e4",
    "granted_cents",
    "planned_volume_e4",
    "planned_cents",
    "volume_e4",
    "amount_cents",
    "without_volume_cents",
)
_PER_UNIT: Final[Mapping[tuple[str, str], Fraction]] = {
    (Unit.MINUTE, Unit.HOUR): Fraction(1, 60),
    (Unit.HOUR, Unit.MINUTE): Fraction(60),
}
_NO_DOMAIN: Final = {chart.SHORTAGE_SOURCE: "tekort"}
_NAMES: Final = {each.code: each.name for each in DOMAINS} | {"tekort": "Verleend zonder dekking"}
_NOWHERE: Final = {
    Grouping.DOMAIN: "Zonder domein",
    Grouping.DISTRICT: "Nog niet over wijken verdeeld",
    Grouping.PROGRAMME: "Zonder programma",
    Grouping.FUND: "Zonder middel",
}


def utilisation_of(
    holdings: Sequence[Holding],
    *,
    year: int,
    on: date,
    known_up_to: int,
    grouping: Grouping,
    names: Mapping[str, str],
) -> Utilisation:
    """Say how far the budgets of a year are used up, by rows that add up to the whole.

    The budget is what the council authorised. Of a district it is what lies there and what was
    committed there: every euro is in exactly one place. ``names`` are those of the rows.
    """
    own = [each for each in holdings if chart.year_of(each.fund) == year]
    cents: dict[str, list[int]] = {}
    for code, place, amount in _amounts(own, grouping, on):
        cents.setdefault(code, [0, 0, 0])[place] += amount
    rows = tuple(
        _row(code, names.get(code) or _NAMES.get(code) or code, found, year=year, on=on)
        for code, found in sorted(cents.items())
        if any(found)
    )
    total = [sum(found[place] for found in cents.values()) for place in range(3)]
    return Utilisation(
        year=year,
        on=on,
        known_up_to=known_up_to,
        grouping=grouping,
        rows=tuple(
            each if each.code else _row("", _NOWHERE[grouping], cents[""], year=year, on=on)
            for each in rows
        ),
        total=_row("", "Totaal", total, year=year, on=on),
    )


def forecast_cents(used: Used, *, year: int, on: date) -> int:
    """Expect what will be spent by the end of the year; see :data:`METHOD`."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    elapsed = min(max(on.toordinal() + 1, first.toordinal()), after.toordinal()) - first.toordinal()
    if elapsed == 0:
        return used.committed_cents
    straight = Fraction(used.spent_cents * (after - first).days, elapsed)
    return max(used.committed_cents, int(straight + Fraction(1, 2)))


def declared_of(told: Delivered, *, product: tuple[str, str, str]) -> tuple[Delivered, Delivered]:
    """Place what was declared as a product (category, code and unit) beside what was granted.

    ``told`` names what was granted, with the volume and the amount that were declared of it.
    Minutes count as hours where hours were granted, and a budget has no volume. Another product,
    or a unit that does not compare, stands apart. What is declared was booked as an amount, which
    is less by it: so all rows together are what was spent.
    """
    per_unit = _PER_UNIT.get((product[-1], told.unit), int(product[-1] == told.unit))
    booked = replace(told, volume_e4=0, amount_cents=0, without_volume_cents=-told.amount_cents)
    if not told.unit:
        return booked, replace(told, volume_e4=0)
    if product[:2] == (told.category, told.product) and per_unit:
        return booked, replace(told, volume_e4=round(told.volume_e4 * per_unit))
    category, code, unit = product
    return booked, replace(told, category=category, product=code, unit=unit)


def variances_of(told: Iterable[Delivered]) -> tuple[Variance, ...]:
    """Say per product and provider why costs differ from what was granted, of all that is told.

    Of a budget without a volume every amount counts, so that it can be held against it.
    """
    found: dict[tuple[str, str, str, str], list[Delivered]] = {}
    for each in told:
        key = (each.category, each.product, each.unit, each.provider)
        found.setdefault(key, []).append(each)
    return tuple(variance_of(_together(each)) for _, each in sorted(found.items()))


def variance_of(delivered: Delivered) -> Variance:
    """Split a difference from the plan: more volume at the granted price, and another price.

    What was never granted by volume has no price, so all of its difference is volume.
    """
    granted = delivered.granted_volume_e4
    at_plan = (
        round(Fraction(delivered.granted_cents * delivered.volume_e4, granted))
        if granted
        else delivered.amount_cents
    )
    return Variance(
        delivered=delivered,
        price_cents=delivered.amount_cents - at_plan,
        volume_cents=at_plan - delivered.planned_cents,
    )


def domain_of(source: str, *, on: date) -> str:
    """Name the policy domain that a source pays for on a day; empty where there is none."""
    return next(
        (
            each.code
            for each in DOMAINS
            if source in each.sources
            and each.valid_from <= on
            and (each.valid_until is None or on < each.valid_until)
        ),
        _NO_DOMAIN.get(source, ""),
    )


def utilisation_table(found: Utilisation) -> Table:
    """Give a utilisation as a table, the total last."""
    return Table(
        name=f"uitputting-{found.year}-{found.grouping}",
        columns=(
            Column(name=str(found.grouping)),
            Column(name="naam"),
            *(
                Column(name=name, kind=ColumnKind.AMOUNT)
                for name in (
                    "begroot",
                    "verplicht",
                    "besteed",
                    "vastgelegd",
                    "vrij",
                    "prognose",
                    "verwachtOver",
                )
            ),
        ),
        rows=tuple(
            (
                each.code,
                each.name,
                each.used.budget_cents,
                each.used.reserved_cents,
                each.used.spent_cents,
                each.used.committed_cents,
                each.used.left_cents,
                each.forecast_cents,
                each.expected_left_cents,
            )
            for each in (*found.rows, found.total)
        ),
    )


def variance_table(variances: Iterable[Variance], *, year: int) -> Table:
    """Give variances as a table."""
    return Table(
        name=f"prijs-en-volume-{year}",
        columns=(
            *(
                Column(name=name)
                for name in ("productcategorie", "productcode", "eenheid", "aanbieder")
            ),
            Column(name="volumeAfgesproken", kind=ColumnKind.QUANTITY),
            Column(name="bedragAfgesproken", kind=ColumnKind.AMOUNT),
            Column(name="volumeGeleverd", kind=ColumnKind.QUANTITY),
            *(
                Column(name=name, kind=ColumnKind.AMOUNT)
                for name in (
                    "bedragGeleverd",
                    "prijsverschil",
                    "volumeverschil",
                    "verschil",
                    "zonderVolume",
                )
            ),
        ),
        rows=tuple(
            (
                each.delivered.category,
                each.delivered.product,
                each.delivered.unit,
                each.delivered.provider,
                each.delivered.planned_volume_e4,
                each.delivered.planned_cents,
                each.delivered.volume_e4,
                each.delivered.amount_cents,
                each.price_cents,
                each.volume_cents,
                each.total_cents,
                each.delivered.without_volume_cents,
            )
            for each in variances
        ),
    )


def _together(told: Sequence[Delivered]) -> Delivered:
    first = told[0]
    sums = {name: sum(getattr(each, name) for each in told) for name in _NUMBERS}
    if not first.unit:
        sums["amount_cents"] += sums.pop("without_volume_cents")
        sums["without_volume_cents"] = 0
    return replace(first, **sums)


def _amounts(own: Sequence[Holding], grouping: Grouping, on: date) -> list[tuple[str, int, int]]:
    """Give to each holding its row, and whether it is budget (0), reserved (1) or spent (2)."""
    authorised = [
        Authorised(
            fund=each.fund,
            programme=each.programme,
            taakveld=each.taakveld,
            amount_cents=-each.amount_cents,
        )
        for each in own
        if each.code == chart.AUTHORISATION
    ]
    found = []
    for each in own:
        code = _group_of(each, grouping, authorised, on)
        if each.code == chart.RESERVED:
            found.append((code, 1, each.amount_cents))
        elif each.code == chart.SPENT:
            found.append((code, 2, each.amount_cents))
        if grouping is not Grouping.DISTRICT:
            if each.code == chart.AUTHORISATION:
                found.append((code, 0, -each.amount_cents))
        elif _is_budget(each):
            found.append((code, 0, each.amount_cents))
    return found


def _is_budget(each: Holding) -> bool:
    """Return whether a holding is money of a budget; help without cover has none."""
    return (
        each.code in {*_PLACES, chart.RESERVED, chart.SPENT}
        and chart.source_of(each.fund) != chart.SHORTAGE_SOURCE
    )


def _group_of(each: Holding, grouping: Grouping, authorised: Sequence[Authorised], on: date) -> str:
    if grouping is Grouping.DISTRICT:
        return each.wijk
    if grouping is Grouping.FUND:
        return each.fund
    if grouping is Grouping.DOMAIN:
        return domain_of(chart.source_of(each.fund), on=on)
    if each.code == chart.AUTHORISATION:
        return each.programme
    return programme_of(each.fund, each.taakveld, authorised)


def _row(code: str, name: str, cents: Sequence[int], *, year: int, on: date) -> UtilisationRow:
    used = Used(budget_cents=cents[0], reserved_cents=cents[1], spent_cents=cents[2])
    return UtilisationRow(
        code=code, name=name, used=used, forecast_cents=forecast_cents(used, year=year, on=on)
    )
