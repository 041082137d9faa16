"""Reading families and their budgets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.families.model import Family, FamilyBudget, FamilyType, Member, Residence
from domains.families.rules import UnknownFamily, UnknownFamilyBudget, UnknownFamilyType
from ledger import balances
from ledger.reading import rows


async def family_types(connection: AsyncConnection, *, gemeente: str) -> tuple[FamilyType, ...]:
    """List the family types of a municipality."""
    found = await rows(
        connection,
        "SELECT family_type, name, min_cents, norm_cents, max_cents"
        " FROM domains.family_type WHERE gemeente = %s ORDER BY family_type",
        (gemeente,),
    )
    return tuple(
        FamilyType(code=code, name=name, min_cents=minimum, norm_cents=norm, max_cents=maximum)
        for code, name, minimum, norm, maximum in found
    )


async def family_type(connection: AsyncConnection, *, gemeente: str, code: str) -> FamilyType:
    """Give one family type.

    :raises UnknownFamilyType: this municipality has no such type.
    """
    known = await family_types(connection, gemeente=gemeente)
    for found in known:
        if found.code == code:
            return found
    raise UnknownFamilyType(family_type=code, known=", ".join(each.code for each in known))


async def families(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[Family, ...]:
    """List families, or those with these ids, with their members."""
    found = await rows(
        connection,
        "SELECT family_id, family_type, team, is_complex, opened_on"
        " FROM domains.family WHERE gemeente = %s"
        " AND (%s::uuid[] IS NULL OR family_id = ANY (%s::uuid[])) ORDER BY opened_on, family_id",
        (gemeente, *((None, None) if ids is None else (list(ids), list(ids)))),
    )
    members = await rows(
        connection,
        "SELECT family_id, person_id, birth_date, from_date, until_date FROM domains.member"
        " WHERE gemeente = %s AND family_id = ANY (%s::uuid[]) ORDER BY birth_date, person_id",
        (gemeente, [row[0] for row in found]),
    )
    residences: dict[UUID, list[Residence]] = {row[0]: [] for row in found}
    for family_id, from_date, district in await rows(
        connection,
        "SELECT family_id, from_date, district FROM domains.family_district"
        " WHERE gemeente = %s AND family_id = ANY (%s::uuid[]) ORDER BY family_id, from_date",
        (gemeente, [row[0] for row in found]),
    ):
        residences[family_id].append(Residence(from_date=from_date, district=district))
    per_family: dict[UUID, list[Member]] = {row[0]: [] for row in found}
    for family_id, person, birth_date, from_date, until_date in members:
        per_family[family_id].append(
            Member(
                person=person,
                birth_date=birth_date,
                from_date=from_date,
                until_date=until_date,
            )
        )
    return tuple(
        Family(
            id=family_id,
            residences=tuple(residences[family_id]),
            family_type=kind,
            team=team,
            is_complex=is_complex,
            opened_on=opened_on,
            members=tuple(per_family[family_id]),
        )
        for family_id, kind, team, is_complex, opened_on in found
    )


async def family(connection: AsyncConnection, *, gemeente: str, family_id: UUID) -> Family:
    """Give one family.

    :raises UnknownFamily: there is no such family.
    """
    for found in await families(connection, gemeente=gemeente, ids=[family_id]):
        return found
    raise UnknownFamily(family=str(family_id))


async def funds(connection: AsyncConnection, *, gemeente: str, year: int) -> tuple[str, ...]:
    """List the funds of a year by code."""
    found = await rows(
        connection,
        "SELECT fund FROM domains.fund WHERE gemeente = %s AND year = %s ORDER BY fund",
        (gemeente, year),
    )
    return tuple(row[0] for row in found)


async def family_budgets(
    connection: AsyncConnection, *, gemeente: str, ids: Sequence[UUID] | None = None
) -> tuple[FamilyBudget, ...]:
    """List family budgets, or those with these ids, with what is left per fund now."""
    found = await rows(
        connection,
        "SELECT family_budget_id, family_id, year, amount_cents, reason"
        " FROM domains.family_budget WHERE gemeente = %s"
        " AND (%s::uuid[] IS NULL OR family_budget_id = ANY (%s::uuid[]))"
        " ORDER BY year, family_budget_id",
        (gemeente, *((None, None) if ids is None else (list(ids), list(ids)))),
    )
    known = {
        each.id: each
        for each in await families(connection, gemeente=gemeente, ids=[row[1] for row in found])
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
            amount_cents=amount_cents,
            reason=reason,
            rooms=tuple(
                (fund, rooms[accounts[budget_id, fund]])
                for fund in per_year[year]
                if rooms[accounts[budget_id, fund]]
            ),
        )
        for budget_id, family_id, year, amount_cents, reason in found
    )


async def family_budget(
    connection: AsyncConnection, *, gemeente: str, family_budget_id: UUID
) -> FamilyBudget:
    """Give one family budget.

    :raises UnknownFamilyBudget: there is no such budget.
    """
    for found in await family_budgets(connection, gemeente=gemeente, ids=[family_budget_id]):
        return found
    raise UnknownFamilyBudget(family_budget=str(family_budget_id))
