"""Reading draws, the decisions on them, what pays them, and all that a new decision needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.draws.model import (
    Answer,
    Decision,
    DrawRequest,
    EarlierDraw,
    Outcome,
    Part,
    PartStanding,
    Place,
    StandingPart,
)
from domains.eligibility.model import RuleBase
from domains.families.model import Family
from domains.rule_base.queries import rule_base_of_content, turn_of
from domains.settings.model import Settings
from domains.settings.rules import settings_of
from domains.sources import SOURCES
from ledger.reading import rows

_PAGE: Final = """
    WITH page AS (
        SELECT draw.draw_id, draw.actor, draw.is_reversed FROM domains.standing_draw AS draw
        WHERE draw.gemeente = %(gemeente)s AND (%(after)s::uuid IS NULL OR draw.draw_id > %(after)s)
"""

_DECISIONS: Final = """
    SELECT page.draw_id, page.actor AS asked_by, page.is_reversed, decision.number,
           decision.record, decision.actor, decision.entries
    FROM page JOIN domains.draw_decision AS decision
      ON decision.gemeente = %(gemeente)s AND decision.draw_id = page.draw_id
    ORDER BY page.draw_id, decision.number
"""

_UNSETTLED: Final = """
    SELECT part_id, stand.state, stand.payer, sum(cents) AS cents
    FROM domains.part AS part
    JOIN domains.payer_move AS move USING (gemeente, part_id)
    CROSS JOIN LATERAL (VALUES
        (to_state, CASE to_state WHEN 'open' THEN part.payer ELSE move.payer END, amount_cents),
        (from_state, CASE from_state WHEN 'open' THEN part.payer ELSE move.payer END,
         -amount_cents)
    ) AS stand (state, payer, cents)
    WHERE gemeente = %(gemeente)s AND part.draw_id = ANY (%(draws)s::uuid[])
      AND stand.state IN ('open', 'betwist', 'geclaimd')
    GROUP BY part_id, stand.state, stand.payer HAVING sum(cents) > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision on a draw."""

    number: int
    answer: Answer
    decided_by: str
    entries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A request with every decision on it, the latest last."""

    id: UUID
    asked_by: str
    decisions: tuple[Decided, ...]
    is_reversed: bool
    """All entries are reversed: the help no longer stands."""

    @property
    def request(self) -> DrawRequest:
        """Return what was asked."""
        return self.decisions[0].answer.request

    @property
    def latest(self) -> Decided:
        """Return the decision that says how the draw stands now."""
        return self.decisions[-1]

    @property
    def decision(self) -> Decision:
        """Return how the draw stands now."""
        return self.latest.answer.decision

    @property
    def outcome(self) -> Outcome:
        """Return the outcome as it stands now."""
        return self.decision.outcome

    @property
    def refusal(self) -> str:
        """Return the code of the refusal; empty where at most a raise of it was refused."""
        return self.latest.answer.refusal if self.outcome is Outcome.REFUSED else ""

    @property
    def until_date(self) -> date:
        """Return up to which day the help stands; as asked, where it does not stand."""
        stands_until = self.decision.until_date
        return stands_until if self.request.from_date < stands_until else self.request.until_date

    @property
    def entries(self) -> tuple[UUID, ...]:
        """Return the entries that the decisions made, in order."""
        return tuple(entry for each in self.decisions for entry in each.entries)

    def as_decided(self, number: int) -> "Draw":
        """Return the draw as it stood right after a decision."""
        return replace(self, decisions=self.decisions[:number], is_reversed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDraw:
    """A draw that somebody decides on again, as its latest decision left it."""

    id: UUID
    request: DrawRequest
    asked_by: str
    number: int
    decision: Decision
    released_cents: int
    """What it gave back of what it was granted."""
    raised: DrawRequest | None
    """What was last asked on top of it."""
    booking_date: date
    """The day of the latest decision in the books, apart from who pays."""

    @property
    def awaited(self) -> DrawRequest:
        """Return what waits for approval, if anything does: the draw itself or its raise."""
        return self.raised if self.raised and self.decision.stands_as else self.request


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBudget:
    """A family budget in a dossier; ``granted_cents`` is what its draws were granted and kept."""

    family: UUID
    year: int
    granted_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that a decision on draws needs apart from balances, read under the turns of families."""

    rules: RuleBase
    settings: Settings
    oldest_open_year: int | None
    funds: tuple[str, ...]
    """Every fund of the municipality, of all years."""
    budgets: Mapping[UUID, KnownBudget]
    families: Mapping[UUID, Family]
    earlier: tuple[tuple[UUID, EarlierDraw], ...]
    """Help of these persons that stands or waits, with the id of its draw."""
    draws: Mapping[UUID, PendingDraw]


async def draws(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    family_budget: UUID | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Draw, ...]:
    """List draws in order of asking: those with these ids, of one family budget, or all."""
    found = await rows(
        connection,
        f"{_PAGE} AND (%(ids)s::uuid[] IS NULL OR draw.draw_id = ANY (%(ids)s::uuid[]))"
        " AND (%(budget)s::uuid IS NULL OR draw.family_budget_id = %(budget)s)"
        f" ORDER BY draw.draw_id LIMIT %(limit)s) {_DECISIONS}",
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "budget": family_budget,
            "after": after,
            "limit": limit,
        },
    )
    return _draws_of(found)


async def awaiting_draws(
    connection: AsyncConnection,
    *,
    gemeente: str,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Draw, ...]:
    """List draws that wait for somebody's approval, of families that the transaction sees."""
    found = await rows(
        connection,
        f"{_PAGE} AND draw.draw_id IN (SELECT decision.draw_id"
        " FROM domains.draw_decision AS decision"
        " WHERE decision.gemeente = %(gemeente)s AND decision.approve_before IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM domains.draw_decision AS later"
        " WHERE later.gemeente = decision.gemeente AND later.draw_id = decision.draw_id"
        " AND later.number > decision.number))"
        " AND EXISTS (SELECT 1 FROM domains.family_budget AS seen"
        " WHERE seen.gemeente = draw.gemeente AND seen.family_budget_id = draw.family_budget_id)"
        f" ORDER BY draw.draw_id LIMIT %(limit)s) {_DECISIONS}",
        {"gemeente": gemeente, "after": after, "limit": limit},
    )
    return _draws_of(found)


def _draws_of(found: Iterable[Any]) -> tuple[Draw, ...]:
    per_draw: dict[UUID, list[Any]] = {}
    for row in found:
        per_draw.setdefault(row.draw_id, []).append(row)
    return tuple(
        Draw(
            id=draw_id,
            asked_by=each[0].asked_by,
            is_reversed=each[0].is_reversed,
            decisions=tuple(
                Decided(
                    number=row.number,
                    answer=msgspec.convert(row.record, Answer),
                    decided_by=row.actor,
                    entries=tuple(row.entries),
                )
                for row in each
            ),
        )
        for draw_id, each in per_draw.items()
    )


async def decision_in(
    connection: AsyncConnection, *, gemeente: str, draw: UUID, chain_number: int
) -> int:
    """Give the number of the decision on a draw that was taken in a link of the chain."""
    ((number,),) = await rows(
        connection,
        "SELECT max(decision.number) FROM domains.draw_decision AS decision"
        " JOIN ledger.link AS link ON link.gemeente = decision.gemeente"
        " AND link.recorded_at = decision.decided_at"
        " WHERE decision.gemeente = %s AND decision.draw_id = %s AND link.chain_number = %s",
        (gemeente, draw, chain_number),
    )
    return int(number)


async def standing_parts(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> tuple[StandingPart, ...]:
    """List the parts of draws with what they reserve and spent now, by draw and day."""
    found = await rows(
        connection,
        "SELECT * FROM domains.standing_part"
        " WHERE gemeente = %s AND draw_id = ANY (%s::uuid[])"
        " ORDER BY draw_id, from_date, person_id, line, place, fund, part_id",
        (gemeente, list(draws)),
    )
    return tuple(part_of(row) for row in found)


async def budgets_booked_on(
    connection: AsyncConnection, *, gemeente: str, budgets: Sequence[UUID]
) -> date | None:
    """Give the day on which the last of family budgets got its first money; ``None``: no day."""
    ((day,),) = await rows(
        connection,
        "SELECT domains.budgets_booked_on(%s, %s::uuid[])",
        (gemeente, list(budgets)),
    )
    return day if day is None or isinstance(day, date) else None


async def unsettled_of(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[UUID, dict[tuple[str, str], int]]:
    """Say what of each advance of these draws stands in which state, for which payer."""
    found: dict[UUID, dict[tuple[str, str], int]] = {}
    for row in await rows(connection, _UNSETTLED, {"gemeente": gemeente, "draws": list(draws)}):
        found.setdefault(row.part_id, {})[row.state, row.payer] = int(row.cents)
    return found


async def paid_outside(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[UUID]
) -> dict[UUID, int]:
    """Sum per part of these draws what payers outside the books took over, in whole cents."""
    found = await rows(
        connection,
        "SELECT part_id, sum(stands.amount_cents)::bigint AS cents FROM domains.part AS part"
        " JOIN domains.payer_standing AS stands USING (gemeente, part_id)"
        " WHERE gemeente = %s AND part.draw_id = ANY (%s::uuid[])"
        " AND stands.state IN ('aanvaard', 'verrekend') AND stands.payer <> ALL (%s::text[])"
        " GROUP BY part_id",
        (gemeente, list(draws), [source.code for source in SOURCES if not source.external]),
    )
    return {row.part_id: row.cents for row in found}


async def overdue_draws(
    connection: AsyncConnection, *, gemeente: str, today: date, limit: int
) -> tuple[UUID, ...]:
    """List draws whose approver had his time, the longest waiting first, no more than a limit."""
    found = await rows(
        connection,
        "SELECT decision.draw_id FROM domains.draw_decision AS decision"
        " WHERE decision.gemeente = %(gemeente)s AND decision.approve_before <= %(today)s"
        " AND NOT EXISTS (SELECT 1 FROM domains.draw_decision AS later"
        " WHERE later.gemeente = decision.gemeente AND later.draw_id = decision.draw_id"
        " AND later.number > decision.number)"
        " ORDER BY decision.approve_before, decision.draw_id LIMIT %(limit)s",
        {"gemeente": gemeente, "today": today, "limit": limit},
    )
    return tuple(row[0] for row in found)


async def dossier(
    connection: AsyncConnection,
    *,
    gemeente: str,
    today: date,
    budgets: Sequence[UUID] = (),
    draws: Sequence[UUID] = (),
    persons: Sequence[UUID] = (),
) -> Dossier:
    """Take the turns of the rules and of the families, and read all about them in one statement.

    Names of ``draws`` bring their own family budgets and persons, and the turns of the families on
    whose accounts their parts stand.
    """
    ((told,),) = await rows(
        connection,
        "SELECT domains.draw_dossier(%s, %s, %s::uuid[], %s::uuid[], %s::uuid[], %s)",
        (gemeente, turn_of(gemeente), list(budgets), list(draws), list(persons), today),
    )
    return Dossier(
        rules=await rule_base_of_content(connection, gemeente=gemeente, content=told["rules"]),
        settings=settings_of(told["settings"]),
        oldest_open_year=told["oldest_open_year"],
        funds=tuple(told["funds"]),
        budgets=msgspec.convert(told["budgets"], dict[UUID, KnownBudget]),
        families={
            family.id: family for family in msgspec.convert(told["families"], tuple[Family, ...])
        },
        earlier=tuple(
            (UUID(each["draw"]), msgspec.convert(each, EarlierDraw)) for each in told["earlier"]
        ),
        draws={draw.id: draw for draw in msgspec.convert(told["draws"], tuple[PendingDraw, ...])},
    )


def part_of(row: Any) -> StandingPart:
    """Read a row of ``domains.standing_part``."""
    return StandingPart(
        id=row.part_id,
        draw=row.draw_id,
        decision_number=row.decision_number,
        reserved_cents=row.reserved_cents,
        spent_cents=row.spent_cents,
        booking_date=row.booking_date,
        part=Part(
            person=row.person_id,
            line=row.line,
            fund=row.fund,
            place=Place(row.place),
            wijk=row.wijk,
            gezin=row.gezin,
            amount_cents=row.reserved_cents + row.spent_cents,
            rule=row.rule,
            from_date=row.from_date,
            until_date=row.until_date,
            taakveld=row.taakveld,
            category=row.category,
            cost_account=row.cost_account,
            standing=PartStanding(row.standing),
            provisional=row.provisional,
            payer=row.payer,
            to_be_shown=tuple(row.to_be_shown),
            stands_in_for=row.stands_in_for,
            ahead=row.ahead,
        ),
    )
