"""Reading families and their budgets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.families.model import (
    BigFiveAnswer,
    BigFivePart,
    BigFiveState,
    BudgetStep,
    Family,
    FamilyBudget,
    FamilyType,
    LeadProfessional,
    Member,
    Residence,
    StepKind,
)
from domains.families.rules import (
    UnknownFamily,
    UnknownFamilyBudget,
    UnknownFamilyType,
    version_on,
)
from ledger import balances
from ledger.accounts import Book
from ledger.reading import rows

_KNOWN: Final = "recorded_at <= coalesce(%(at)s::timestamptz, 'infinity')"
_END: Final = (
    "CASE WHEN ended_at > coalesce(%(at)s::timestamptz, 'infinity') THEN NULL ELSE until_date END"
)


async def family_type_versions(
    connection: AsyncConnection, *, gemeente: str
) -> dict[str, tuple[tuple[date, FamilyType], ...]]:
    """List per family type its bands with the day from which each counts, in order of time."""
    versions: dict[str, list[tuple[date, FamilyType]]] = {}
    for from_date, code, name, minimum, norm, maximum in await rows(
        connection,
        "SELECT from_date, family_type, name, min_cents, norm_cents, max_cents"
        " FROM domains.family_type_band WHERE gemeente = %s ORDER BY family_type, from_date",
        (gemeente,),
    ):
        version = FamilyType(
            code=code, name=name, min_cents=minimum, norm_cents=norm, max_cents=maximum
        )
        versions.setdefault(code, []).append((from_date, version))
    return {code: tuple(found) for code, found in versions.items()}


async def family_types(
    connection: AsyncConnection, *, gemeente: str, on: date
) -> tuple[FamilyType, ...]:
    """List the family types as they are on a day; before its first day a type was as it began."""
    versions = await family_type_versions(connection, gemeente=gemeente)
    return tuple(version_on(each, on) for each in versions.values())


async def family_type(
    connection: AsyncConnection, *, gemeente: str, code: str, on: date
) -> FamilyType:
    """Give one family type as it is on a day.

    :raises UnknownFamilyType: this municipality has no such type.
    """
    known = await family_types(connection, gemeente=gemeente, on=on)
    for found in known:
        if found.code == code:
            return found
    raise UnknownFamilyType(family_type=code, known=", ".join(each.code for each in known))


async def teams(connection: AsyncConnection, *, gemeente: str) -> tuple[str, ...]:
    """List the teams that know a family now, by name."""
    found = await rows(
        connection,
        "SELECT DISTINCT coalesce(lead.team, family.team) AS team FROM domains.family AS family"
        " LEFT JOIN LATERAL (SELECT last.team FROM domains.lead_professional AS last"
        " WHERE last.gemeente = family.gemeente AND last.family_id = family.family_id"
        " ORDER BY last.from_date DESC LIMIT 1) AS lead ON true"
        " WHERE family.gemeente = %s ORDER BY team",
        (gemeente,),
    )
    return tuple(row.team for row in found)


async def families(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    known_at: datetime | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[Family, ...]:
    """List families with their members, in order of opening: these, or all that are seen.

    ``after`` is the family to read on from, and ``limit`` the most to give. What was written down
    after ``known_at`` is left out, so that an answer can be given again.
    """
    found = await rows(
        connection,
        "SELECT family_id, family_type, team, is_complex, opened_on"
        " FROM domains.family AS family WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR family_id = ANY (%(ids)s::uuid[]))"
        " AND (%(after)s::uuid IS NULL OR (opened_on, family_id) > (SELECT last.opened_on,"
        " last.family_id FROM domains.family AS last"
        " WHERE last.gemeente = %(gemeente)s AND last.family_id = %(after)s))"
        " ORDER BY opened_on, family_id LIMIT %(limit)s",
        {
            "gemeente": gemeente,
            "ids": None if ids is None else list(ids),
            "after": after,
            "limit": limit,
        },
    )
    known = {"gemeente": gemeente, "ids": [row[0] for row in found], "at": known_at}
    members = await rows(
        connection,
        f"SELECT family_id, person_id, birth_date, from_date, {_END} FROM domains.member"
        f" WHERE gemeente = %(gemeente)s AND family_id = ANY (%(ids)s::uuid[]) AND {_KNOWN}"
        " ORDER BY birth_date, person_id, from_date",
        known,
    )
    residences: dict[UUID, list[Residence]] = {row[0]: [] for row in found}
    for family_id, from_date, district in await rows(
        connection,
        "SELECT family_id, from_date, district FROM domains.family_district"
        f" WHERE gemeente = %(gemeente)s AND family_id = ANY (%(ids)s::uuid[]) AND {_KNOWN}"
        " ORDER BY family_id, from_date",
        known,
    ):
        residences[family_id].append(Residence(from_date=from_date, district=district))
    per_family: dict[UUID, list[Member]] = {row[0]: [] for row in found}
    for family_id, *stay in members:
        per_family[family_id].append(_member(stay))
    leads: dict[UUID, list[LeadProfessional]] = {row[0]: [] for row in found}
    for family_id, professional, team, from_date, until_date in await rows(
        connection,
        f"SELECT family_id, professional, team, from_date, {_END}"
        " FROM domains.lead_professional"
        f" WHERE gemeente = %(gemeente)s AND family_id = ANY (%(ids)s::uuid[]) AND {_KNOWN}"
        " ORDER BY family_id, from_date",
        known,
    ):
        leads[family_id].append(
            LeadProfessional(
                professional=professional, team=team, from_date=from_date, until_date=until_date
            )
        )
    return tuple(
        Family(
            id=family_id,
            residences=tuple(residences[family_id]),
            family_type=kind,
            registered_team=team,
            is_complex=is_complex,
            opened_on=opened_on,
            members=tuple(per_family[family_id]),
            leads=tuple(leads[family_id]),
        )
        for family_id, kind, team, is_complex, opened_on in found
    )


async def family(
    connection: AsyncConnection,
    *,
    gemeente: str,
    family_id: UUID,
    known_at: datetime | None = None,
) -> Family:
    """Give one family, as it was known at a moment.

    :raises UnknownFamily: there is no such family.
    """
    for found in await families(connection, gemeente=gemeente, ids=[family_id], known_at=known_at):
        return found
    raise UnknownFamily(family=str(family_id))


async def stays_of(
    connection: AsyncConnection, *, gemeente: str, person: UUID
) -> tuple[Member, ...]:
    """List the stays of a person in families, in order of time.

    Of whoever is in a family now that this transaction does not see, none.
    """
    found = await rows(
        connection,
        "SELECT person_id, birth_date, from_date, until_date FROM domains.stays_of(%s, %s)",
        (gemeente, person),
    )
    return tuple(_member(row) for row in found)


async def big_five(
    connection: AsyncConnection,
    *,
    gemeente: str,
    persons: Sequence[UUID],
    known_at: datetime | None = None,
) -> dict[UUID, tuple[BigFiveAnswer, ...]]:
    """Give per person what was last recorded of each of the big five; nobody where nothing was."""
    answers: dict[UUID, list[BigFiveAnswer]] = {}
    for person, part, state, reason in await rows(
        connection,
        "SELECT DISTINCT ON (person_id, part) person_id, part, state, reason FROM domains.big_five"
        f" WHERE gemeente = %(gemeente)s AND person_id = ANY (%(persons)s::uuid[]) AND {_KNOWN}"
        " ORDER BY person_id, part, number DESC",
        {"gemeente": gemeente, "persons": list(persons), "at": known_at},
    ):
        answers.setdefault(person, []).append(
            BigFiveAnswer(part=BigFivePart(part), state=BigFiveState(state), reason=reason)
        )
    return {person: tuple(found) for person, found in answers.items()}


async def funds(connection: AsyncConnection, *, gemeente: str, year: int) -> tuple[str, ...]:
    """List the funds of a year by code."""
    found = await rows(
        connection,
        "SELECT fund FROM domains.fund WHERE gemeente = %s AND year = %s ORDER BY fund",
        (gemeente, year),
    )
    return tuple(row[0] for row in found)


async def family_budgets(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    of_families: Sequence[UUID] | None = None,
    known_at: datetime | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> tuple[FamilyBudget, ...]:
    """List family budgets by year with what is left now: these, of families, or all that are seen.

    ``after`` is the budget to read on from, and ``limit`` the most to give.
    The families are as they were ``known_at`` a moment.
    """
    found = await rows(
        connection,
        "SELECT family_budget_id, family_id, year FROM domains.family_budget"
        " JOIN domains.family AS family USING (gemeente, family_id)"
        " WHERE gemeente = %(gemeente)s"
        " AND (%(ids)s::uuid[] IS NULL OR family_budget_id = ANY (%(ids)s::uuid[]))"
        " AND (%(families)s::uuid[] IS NULL OR family_id = ANY (%(families)s::uuid[]))"
        " AND (%(after)s::uuid IS NULL OR (year, family_budget_id) > (SELECT last.year,"
        " last.family_budget_id FROM domains.family_budget AS last"
        " WHERE last.gemeente = %(gemeente)s AND last.family_budget_id = %(after)s))"
        " ORDER BY year, family_budget_id LIMIT %(limit)s",
        {
            "gemeente": gemeente,
            "after": after,
            "limit": limit,
            "ids": None if ids is None else list(ids),
            "families": None if of_families is None else list(of_families),
        },
    )
    steps: dict[UUID, list[BudgetStep]] = {row[0]: [] for row in found}
    for budget_id, *step in await rows(
        connection,
        "SELECT family_budget_id, step_id, number, kind, amount_cents, moved_cents, reason,"
        " recorded_at, actor, entry_id FROM domains.family_budget_step"
        " WHERE gemeente = %s AND family_budget_id = ANY (%s::uuid[])"
        " ORDER BY family_budget_id, number",
        (gemeente, list(steps)),
    ):
        steps[budget_id].append(_step(step))
    known = {
        each.id: each
        for each in await families(
            connection, gemeente=gemeente, ids=[row[1] for row in found], known_at=known_at
        )
    }
    per_year = {
        year: await funds(connection, gemeente=gemeente, year=year)
        for year in {row[2] for row in found}
    }
    accounts = {
        (row[0], fund): chart.family(gemeente, fund, gezin=str(row[1])).id
        for row in found
        for fund in per_year[row[2]]
    }
    rooms = await balances.current(connection, gemeente=gemeente, accounts=list(accounts.values()))
    return tuple(
        FamilyBudget(
            id=budget_id,
            family=known[family_id],
            year=year,
            steps=tuple(steps[budget_id]),
            rooms=tuple(
                (fund, rooms[accounts[budget_id, fund]])
                for fund in per_year[year]
                if rooms[accounts[budget_id, fund]]
            ),
        )
        for budget_id, family_id, year in found
    )


async def family_budget(
    connection: AsyncConnection,
    *,
    gemeente: str,
    family_budget_id: UUID,
    known_at: datetime | None = None,
) -> FamilyBudget:
    """Give one family budget, with the family as it was known at a moment.

    :raises UnknownFamilyBudget: there is no such budget.
    """
    for found in await family_budgets(
        connection, gemeente=gemeente, ids=[family_budget_id], known_at=known_at
    ):
        return found
    raise UnknownFamilyBudget(family_budget=str(family_budget_id))


async def reserved_per_draw(
    connection: AsyncConnection, *, gemeente: str, budget: FamilyBudget
) -> dict[str, int]:
    """Sum per draw what is reserved for a family and not delivered, in whole cents.

    Funds of the budget's year count, and of other years those for help asked from this budget.
    """
    found = await rows(
        connection,
        "SELECT account.dimensions ->> 'verplichting' AS draw,"
        " sum(balance.balance_cents)::bigint AS cents FROM ledger.account AS account"
        " JOIN ledger.balance AS balance USING (gemeente, account_id)"
        " WHERE account.gemeente = %(gemeente)s AND account.book = %(book)s"
        " AND account.code = %(code)s AND account.dimensions ->> 'gezin' = %(family)s"
        " AND (account.colour LIKE %(year)s OR account.dimensions ->> 'verplichting' IN"
        " (SELECT draw_id::text FROM domains.draw"
        " WHERE gemeente = %(gemeente)s AND family_budget_id = %(budget)s))"
        " GROUP BY 1 HAVING sum(balance.balance_cents) > 0 ORDER BY 1",
        {
            "gemeente": gemeente,
            "book": str(Book.BUDGET),
            "code": chart.RESERVED,
            "family": str(budget.family.id),
            "year": f"%-{budget.year}",
            "budget": budget.id,
        },
    )
    return {row.draw: row.cents for row in found}


def _member(row: Sequence[Any]) -> Member:
    person, birth_date, from_date, until_date = row
    return Member(person=person, birth_date=birth_date, from_date=from_date, until_date=until_date)


def _step(row: Sequence[Any]) -> BudgetStep:
    step_id, number, kind, amount_cents, moved_cents, reason, recorded_at, actor, entry = row
    return BudgetStep(
        id=step_id,
        number=number,
        kind=StepKind(kind),
        amount_cents=amount_cents,
        moved_cents=moved_cents,
        reason=reason,
        recorded_at=recorded_at,
        actor=actor,
        entry=entry,
    )


async def named_by(connection: AsyncConnection, *, gemeente: str, last: str) -> tuple[UUID, ...]:
    """Find the families and persons whose number ends on these six signs; none for other text."""
    found = await rows(
        connection,
        "SELECT family_id FROM domains.family"
        " WHERE gemeente = %(gemeente)s AND right(family_id::text, 6) = %(last)s"
        " UNION SELECT person_id FROM domains.member"
        " WHERE gemeente = %(gemeente)s AND right(person_id::text, 6) = %(last)s",
        {"gemeente": gemeente, "last": last.lower()},
    )
    return tuple(row[0] for row in found)
