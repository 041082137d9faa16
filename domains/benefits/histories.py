"""Reads the cost histories of families from the books, as they stood at one link of the chain.

A cost belongs to the month in which the help was given, to the family that the person belonged to
in that month, and to the domain whose source paid. What the interventions of a plan cost is no
outcome: it is kept apart as what was paid for them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.analysis_plans.model import AnalysisPlan
from domains.benefits import history_statements as statements
from domains.benefits.completeness import completeness_of
from domains.benefits.panel import NEVER, Cents, Floats, Integers, Mask, Panel
from domains.benefits.policy_domains import stretches_of
from ledger.accounts import Book, netstring
from ledger.books import driver_of
from ledger.reading import rows

TOGETHER_MONTHS: Final = 6
"""Interventions that begin within so many months of the first are looked at as one set."""

OUTSIDE: Final = "kosten van wie bij geen gezin hoorde"
NO_DOMAIN: Final = "kosten zonder domein"
IN_CENTS: Final = frozenset({OUTSIDE, NO_DOMAIN})
"""What is left out in cents; all else is a number of families."""
TOO_EARLY: Final = "gezinnen met hulp van vóór de instroom"
TOO_LATE: Final = "gezinnen met hulp van na de instroom, gevolgd tot die hulp"
MORE_HELP: Final = "gezinnen met later nog andere hulp, gevolgd tot die hulp"

_YEAR: Final = 12
_HEADER_BYTES: Final = 19
"""The signature, flags and extension length of PostgreSQL's binary COPY."""
_TRAILER_BYTES: Final = 2
_PLANNER: Final = """
    SELECT set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true),
           set_config('work_mem', '64MB', true)
"""
"""Statistics may be old right after an import of years: never look up row by row."""
_PLANNER_AS_IT_WAS: Final = """
    SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT; SET LOCAL work_mem TO DEFAULT
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paid:
    """What interventions cost: per line a family, month, intervention, payer and whole cents.

    The arrays are parallel; families and months are numbered as in the panel, and months before
    the panel are below zero.
    """

    interventions: tuple[str, ...]
    payers: tuple[str, ...]
    """The domains that paid."""
    family: Integers
    month: Integers
    intervention: Integers
    payer: Integers
    cents: Cents

    def by_payer(
        self, families: Mask, *, from_month: int, until_month: int
    ) -> dict[str, dict[str, int]]:
        """Sum what some families' interventions cost in some months, per intervention and payer.

        ``families`` is a mask over the families of the panel.
        """
        chosen = families[self.family] & (self.month >= from_month) & (self.month < until_month)
        totals = np.zeros((len(self.interventions), len(self.payers)), np.int64)
        np.add.at(totals, (self.intervention[chosen], self.payer[chosen]), self.cents[chosen])
        return {
            code: {
                payer: int(totals[row, column])
                for column, payer in enumerate(self.payers)
                if totals[row, column]
            }
            for row, code in enumerate(self.interventions)
            if totals[row].any()
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenPanel:
    """The histories that a plan looks at, as they stood at a link of the chain."""

    panel: Panel
    """A month of a family that does not count for the plan is one in which it was not present."""
    families: tuple[UUID, ...]
    """In the order of the arrays: by id."""
    first_month: date
    chain_number: int
    data_hash: bytes
    """SHA-256 over all that follows from the books; the same data always gives the same hash."""
    interventions: tuple[str, ...]
    begun: Integers
    """Families by interventions: the month in which each began, or ``NEVER``."""
    exposure: tuple[frozenset[str], ...]
    """Per family the interventions that began within six months of the first; empty: none."""
    districts: tuple[str, ...]
    """Per family the district (wijk) where it lived when its help began, else at the end."""
    paid: Paid
    left_out: Mapping[str, int]
    """Why families or costs do not count, in Dutch, with how many families or whole cents."""

    def cohorts(self) -> tuple[str, ...]:
        """Give per family the half-year in which its help began, such as ``2024-1``.

        Nothing where no month with help counts: without help, or outside the starts of the plan.
        """
        month = np.arange(self.panel.present.shape[1])
        counts: Mask = np.any(self.panel.present & (month >= self.panel.start[:, None]), axis=1)
        return tuple(
            _half_year(self.first_month, start) if counted else ""
            for start, counted in zip(self.panel.start.tolist(), counts.tolist(), strict=True)
        )


async def read_panel(
    connection: AsyncConnection, *, gemeente: str, plan: AnalysisPlan, chain_number: int
) -> FrozenPanel:
    """Read the panel of a plan from what was written down up to a link of the chain.

    Help counts from the month in which a draw began that was granted and not reversed, of a cost
    that was observed, or in which another system told that it began, for anyone of the family. A
    family of which help began before the months of the plan's starts is left out; one of which it
    began after them is followed up to then; so is one that gets another intervention of the plan
    six months or more after its first.

    :raises domains.benefits.policy_domains.DomainRegrouped: a domain was split or merged halfway.
    """
    await connection.exec_driver_sql(_PLANNER)
    ((moment,),) = await rows(
        connection,
        "SELECT max(recorded_at) FROM ledger.link WHERE gemeente = %s AND chain_number <= %s",
        (gemeente, chain_number),
    )
    asked = _Asked.of(gemeente, plan, chain_number, moment)
    families = tuple(
        row[0] for row in await rows(connection, statements.FAMILIES, asked.parameters)
    )
    known = {**asked.parameters, "families": list(families)}
    members = await _columns(connection, statements.MEMBERS, known, 7)
    begun = await _begun(connection, known, (len(families), len(asked.interventions)))
    costs = await _columns(connection, statements.COSTS, known, 6)
    followed = _followed(asked, begun)
    present, adult_share = _households(members, len(families), asked.months)
    cents, paid, lagged = _costs(asked, costs, len(families))
    known["days"] = [asked.day_of(each) for each in followed.start.tolist()]
    panel = Panel(
        domains=asked.measured,
        cents=cents,
        present=present & followed.counted,
        start=followed.start,
        adult_share=adult_share,
        severity=await _severity(connection, known, len(families)),
        completeness=completeness_of(lagged, asked.months, whole_until=asked.over(moment)),
    )
    districts = tuple(row[0] for row in await rows(connection, statements.DISTRICTS, known))
    await connection.exec_driver_sql(_PLANNER_AS_IT_WAS)
    found = FrozenPanel(
        panel=panel,
        families=families,
        first_month=plan.asked.first_month,
        chain_number=chain_number,
        data_hash=b"",
        interventions=asked.interventions,
        begun=begun,
        exposure=followed.exposure,
        districts=districts,
        paid=paid,
        left_out={**followed.left_out, **_cents_left_out(asked, costs)},
    )
    return replace(found, data_hash=_hash_of(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a plan asks, in the numbers that the statements work with."""

    months: int
    measured: tuple[str, ...]
    domains: tuple[str, ...]
    """All domains that costs may lie in: the measured ones first."""
    interventions: tuple[str, ...]
    starts: range
    """The months in which help may begin that is measured."""
    first_month: date
    parameters: dict[str, Any]

    @classmethod
    def of(
        cls, gemeente: str, plan: AnalysisPlan, chain_number: int, moment: datetime | None
    ) -> "_Asked":
        asked, base = plan.asked, _number(plan.asked.first_month)
        measured, stretches = stretches_of(
            asked.domains, from_date=asked.first_month, until_date=asked.until_month
        )
        domains = tuple(dict.fromkeys((*measured, *(each.domain for each in stretches))))
        kinds = {
            kind: place for place, each in enumerate(plan.interventions) for kind in each.kinds
        }
        return cls(
            months=_number(asked.until_month) - base,
            measured=measured,
            domains=domains,
            interventions=tuple(each.code for each in plan.interventions),
            starts=range(_number(asked.starts_from) - base, _number(asked.starts_until) - base),
            first_month=asked.first_month,
            parameters={
                "gemeente": gemeente,
                "known": chain_number,
                "moment": moment,
                "base": base,
                "months": _number(asked.until_month) - base,
                "first_day": asked.first_month,
                "book": str(Book.WAARNEMING),
                "observed": chart.OBSERVED,
                "shortage": chart.SHORTAGE_SOURCE,
                "sources": [each.source for each in stretches],
                "stretch_from": [_number(each.from_date) - base for each in stretches],
                "stretch_until": [
                    NEVER if each.until_date is None else _number(each.until_date) - base
                    for each in stretches
                ],
                "stretch_domain": [domains.index(each.domain) for each in stretches],
                "kinds": list(kinds),
                "kind_intervention": list(kinds.values()),
            },
        )

    def day_of(self, month: int) -> date:
        """Give the first day of a month, or of the one after the panel for any later one."""
        years, rest = divmod(_number(self.first_month) - 1 + min(month, self.months), _YEAR)
        return date(years, rest + 1, 1)

    def over(self, moment: datetime | None) -> int:
        """Give the month that was not over at a moment."""
        return 0 if moment is None else _number(moment) - _number(self.first_month)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Followed:
    """Of which families help began when, and in which months they count."""

    start: Integers
    exposure: tuple[frozenset[str], ...]
    counted: Mask
    left_out: Mapping[str, int]


def _followed(asked: _Asked, begun: Integers) -> _Followed:
    start = begun.min(axis=1, initial=NEVER)
    together = begun < (start + TOGETHER_MONTHS)[:, None]
    later = np.where(together, NEVER, begun).min(axis=1, initial=NEVER)
    early, late = start < asked.starts.start, start >= asked.starts.stop
    until = np.where(early, 0, np.where(late, start, later))
    within = start < asked.months
    return _Followed(
        start=start,
        exposure=tuple(
            frozenset(code for code, has in zip(asked.interventions, row, strict=True) if has)
            for row in (together & within[:, None]).tolist()
        ),
        counted=np.arange(asked.months) < until[:, None],
        left_out={
            TOO_EARLY: int(early.sum()),
            TOO_LATE: int((late & within).sum()),
            MORE_HELP: int((~early & ~late & (later < asked.months)).sum()),
        },
    )


def _households(members: Integers, count: int, months: int) -> tuple[Mask, Floats]:
    """Say in which months a family lived here, and which part of its children had grown up."""
    family, joined, left, here_from, here_until, grown, is_child = members.T
    at_home = _in_months((family, here_from, here_until), count, months)
    child = is_child.astype(np.bool_)
    family, joined, left, grown = family[child], joined[child], left[child], grown[child]
    children = _in_months((family, joined, left), count, months)
    adults = _in_months((family, np.maximum(joined, grown), left), count, months)
    return at_home > 0, adults / np.maximum(children, 1)


def _in_months(stays: tuple[Integers, Integers, Integers], count: int, months: int) -> Integers:
    """Count per family and month how many stays lie over it."""
    family, from_month, until_month = stays
    change = np.zeros((count, months + 1), np.int64)
    first = np.clip(from_month, 0, months)
    np.add.at(change, (family, first), 1)
    np.add.at(change, (family, np.maximum(first, np.clip(until_month, 0, months))), -1)
    return np.cumsum(change[:, :months], axis=1)


def _costs(asked: _Asked, costs: Integers, count: int) -> tuple[Cents, Paid, Integers]:
    """Divide costs into outcomes, what interventions cost, and cents by month and lag."""
    family, month, domain, intervention, lag, amount = costs.T
    measured = (intervention < 0) & (domain >= 0) & (domain < len(asked.measured))
    outcome = measured & (family >= 0)
    cents = np.zeros((count, asked.months, len(asked.measured)), np.int64)
    np.add.at(cents, (family[outcome], month[outcome], domain[outcome]), amount[outcome])
    own = (family >= 0) & (intervention >= 0) & (domain >= 0)
    keys, place = np.unique(costs[own][:, :4], axis=0, return_inverse=True)
    totals = np.zeros(len(keys), np.int64)
    np.add.at(totals, place.reshape(-1), amount[own])
    keys, totals = keys[totals != 0], totals[totals != 0]
    return (
        cents,
        Paid(
            interventions=asked.interventions,
            payers=asked.domains,
            family=keys[:, 0],
            month=keys[:, 1],
            payer=keys[:, 2],
            intervention=keys[:, 3],
            cents=totals,
        ),
        costs[measured & (lag >= 0)][:, (1, 4, 5)],
    )


def _cents_left_out(asked: _Asked, costs: Integers) -> dict[str, int]:
    family, month, domain, _, _, amount = costs.T
    here = (month >= 0) & (month < asked.months)
    return {
        OUTSIDE: int(amount[here & (family < 0)].sum()),
        NO_DOMAIN: int(amount[here & (family >= 0) & (domain < 0)].sum()),
    }


async def _begun(
    connection: AsyncConnection, parameters: Mapping[str, Any], shape: tuple[int, int]
) -> Integers:
    """Give per family and intervention the month in which it began."""
    found = await _columns(connection, statements.BEGUN, parameters, 3)
    begun = np.full(shape, NEVER, np.int64)
    begun[found[:, 0], found[:, 1]] = found[:, 2]
    return begun


async def _severity(
    connection: AsyncConnection, parameters: Mapping[str, Any], count: int
) -> Floats:
    """Give per family the last severity before its help, on a log scale; NaN where unknown."""
    found = await _columns(connection, statements.SEVERITIES, parameters, 2)
    severity = np.full(count, np.nan)
    severity[found[:, 0]] = np.log(found[:, 1] / 10_000)
    return severity


async def _columns(
    connection: AsyncConnection, statement: str, parameters: Mapping[str, Any], width: int
) -> Integers:
    """Read whole numbers as an array of rows by columns, past any object per row.

    The driver's binary copy is a header, fixed rows of length and value per column, and a trailer.
    """
    columns = ", ".join(f"column_{number}" for number in range(width))
    whole = ", ".join(f"column_{number}::bigint" for number in range(width))
    read = f"SELECT {whole} FROM ({statement}) AS read ({columns})"
    copied = f"COPY ({read}) TO STDOUT (FORMAT binary)".encode()
    found = bytearray()
    driver = await driver_of(connection)
    async with driver.cursor() as cursor, cursor.copy(copied, parameters) as copy:
        async for part in copy:
            found += part
    row = np.dtype([("columns", ">i2"), ("cells", [("bytes", ">i4"), ("value", ">i8")], width)])
    count = (len(found) - _HEADER_BYTES - _TRAILER_BYTES) // row.itemsize
    cells = np.frombuffer(found, row, count, _HEADER_BYTES)["cells"]
    return cells["value"].astype(np.int64)


def _hash_of(found: FrozenPanel) -> bytes:
    """Hash all that a panel was read as, its names and shapes too."""
    panel, paid = found.panel, found.paid
    digest = hashlib.sha256()
    names = (
        str(found.first_month),
        *("-".join(each) for each in (panel.domains, found.interventions, paid.payers)),
        *(str(each) for each in found.families),
        *found.districts,
    )
    digest.update("".join(netstring(name) for name in names).encode())
    for array in (
        panel.cents,
        panel.present,
        panel.start,
        panel.adult_share,
        panel.severity,
        panel.completeness,
        found.begun,
        paid.family,
        paid.month,
        paid.intervention,
        paid.payer,
        paid.cents,
    ):
        digest.update(netstring(f"{array.dtype.str}{array.shape}").encode())
        digest.update(array.tobytes())
    return digest.digest()


def _number(day: date) -> int:
    """Number a month as the statements do: months since the year nought."""
    return day.year * _YEAR + day.month


def _half_year(first_month: date, month: int) -> str:
    year, rest = divmod(_number(first_month) - 1 + month, _YEAR)
    return f"{year}-{1 + rest // (_YEAR // 2)}"
