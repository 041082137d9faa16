"""Registering families, and what becomes of them: members, lead professional, district."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.districts.queries import district
from domains.families import queries, rules
from domains.families.model import (
    BigFiveAnswer,
    Family,
    FamilyType,
    LeadProfessional,
    Member,
    NewFamily,
)
from domains.instruction import Instruction, record, refuse_repetition, take_turns


async def set_family_types(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_types: Sequence[FamilyType],
    from_date: date,
) -> tuple[UUID, ...]:
    """Add family types with their band from a day on; what stands so already stays as it is.

    :raises domains.families.rules.FamilyTypeFixed: another band starts on that day or later.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"gezinstypen {gemeente}"])
    versions = await queries.family_type_versions(connection, gemeente=gemeente)
    wanted = [
        each
        for each in family_types
        if rules.is_new_version(versions.get(each.code, ()), each, from_date=from_date)
    ]
    for each in wanted:
        await connection.exec_driver_sql(
            "INSERT INTO domains.family_type (gemeente, family_type) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            (gemeente, each.code),
        )
        await connection.exec_driver_sql(
            "INSERT INTO domains.family_type_band (gemeente, family_type, from_date, name,"
            " min_cents, norm_cents, max_cents, recorded_at, actor)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                gemeente,
                each.code,
                from_date,
                each.name,
                each.min_cents,
                each.norm_cents,
                each.max_cents,
                instruction.at,
                instruction.actor.subject,
            ),
        )
    result = instruction.new_id()
    await record(connection, instruction=instruction, results=[result])
    return (result,)


async def register_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    wijk: str,
    family_type: str,
    team: str,
    is_complex: bool,
    birth_dates: Sequence[date],
    from_date: date,
) -> tuple[UUID, ...]:
    """Register a family by the birth dates of its members; gives its pseudonym.

    They are members from ``from_date`` on, or from their birth.
    """
    family = NewFamily(
        wijk=wijk,
        family_type=family_type,
        team=team,
        is_complex=is_complex,
        birth_dates=tuple(birth_dates),
    )
    return await register_families(
        connection, instruction=instruction, families=[family], from_date=from_date
    )


async def register_families(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    families: Sequence[NewFamily],
    from_date: date,
) -> tuple[UUID, ...]:
    """Register families, all or none; gives their pseudonyms in the same order.

    :raises domains.families.rules.NoMembers: one of them has nobody.
    :raises domains.families.rules.BornInFuture: an impossible birth date.
    :raises domains.districts.rules.UnknownDistrict: this municipality has no such district.
    :raises domains.families.rules.UnknownFamilyType: this municipality has no such type.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    for family in families:
        rules.check_members(family.birth_dates, today=instruction.today)
    for wijk in dict.fromkeys(family.wijk for family in families):
        await district(connection, gemeente=gemeente, code=wijk)
    for code in dict.fromkeys(family.family_type for family in families):
        await queries.family_type(connection, gemeente=gemeente, code=code, on=from_date)
    made = [instruction.new_random_id() for _ in families]
    for family_id, family in zip(made, families, strict=True):
        await insert_family(
            connection,
            instruction=instruction,
            family_id=family_id,
            wijk=family.wijk,
            family_type=family.family_type,
            team=family.team,
            is_complex=family.is_complex,
            from_date=from_date,
        )
        await insert_stays(
            connection,
            instruction=instruction,
            family_id=family_id,
            members=[
                Member(
                    person=instruction.new_random_id(),
                    birth_date=birth_date,
                    from_date=max(birth_date, from_date),
                )
                for birth_date in family.birth_dates
            ],
        )
    await record(connection, instruction=instruction, results=made)
    return tuple(made)


async def add_member(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    birth_date: date,
    from_date: date,
) -> tuple[UUID, ...]:
    """Add somebody whom no family had before, such as a newborn; gives the pseudonym.

    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.BornInFuture: an impossible birth date.
    """
    await family_in_turn(connection, instruction=instruction, family=family)
    rules.check_members([birth_date], today=instruction.today)
    rules.check_day(from_date, began=None, today=instruction.today)
    person = instruction.new_random_id()
    await insert_stays(
        connection,
        instruction=instruction,
        family_id=family,
        members=[
            Member(person=person, birth_date=birth_date, from_date=max(birth_date, from_date))
        ],
    )
    await record(connection, instruction=instruction, results=[person])
    return (person,)


async def take_in(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    person: UUID,
    from_date: date,
) -> tuple[UUID, ...]:
    """Let a person join who left a family before, under the same pseudonym; gives that.

    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.UnknownPerson: no family ever had him.
    :raises domains.families.rules.PersonElsewhere: he belongs to a family on that day.
    """
    await family_in_turn(connection, instruction=instruction, family=family, person=person)
    rules.check_day(from_date, began=None, today=instruction.today)
    gemeente = instruction.gemeente
    stays = await queries.stays_of(connection, gemeente=gemeente, person=person)
    last = rules.last_stay(stays, person, from_date=from_date)
    await insert_stays(
        connection,
        instruction=instruction,
        family_id=family,
        members=[Member(person=person, birth_date=last.birth_date, from_date=from_date)],
    )
    await record(connection, instruction=instruction, results=[person])
    return (person,)


async def let_leave(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    person: UUID,
    from_date: date,
) -> tuple[UUID, ...]:
    """Let a member leave; ``from_date`` is the first day on which he no longer belongs to it.

    Help that was granted goes on, paid by the family's budget.

    :raises domains.families.rules.NotPresent: he is not, or no longer, a member.
    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.NotAfter: not after the day on which he joined.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family, person=person)
    member = rules.present_member(found, person)
    rules.check_day(from_date, began=member.from_date, today=instruction.today)
    await end_stays(connection, instruction=instruction, persons=[person], until_date=from_date)
    await record(connection, instruction=instruction, results=[person])
    return (person,)


async def hand_over(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    professional: str,
    team: str,
    from_date: date,
) -> tuple[UUID, ...]:
    """Let somebody lead the help from a day on; whoever did so before stops. Gives the family.

    :raises domains.families.rules.DayInFuture: before it happens.
    :raises domains.families.rules.NotAfter: not after the day on which the other one began.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family)
    last = found.leads[-1] if found.leads else None
    rules.check_day(from_date, began=last.from_date if last else None, today=instruction.today)
    await end_lead(connection, instruction=instruction, family=found, until_date=from_date)
    await insert_lead(
        connection,
        instruction=instruction,
        family_id=family,
        lead=LeadProfessional(
            professional=professional, team=team, from_date=from_date, until_date=None
        ),
    )
    await record(connection, instruction=instruction, results=[family])
    return (family,)


async def move_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    wijk: str,
    from_date: date,
) -> tuple[UUID, ...]:
    """Let a family live in another district from a day on; gives the family.

    Help on later days is paid by that district; what was granted before stays where it is, and so
    does the money of the family itself.

    :raises domains.districts.rules.UnknownDistrict: this municipality has no such district.
    :raises domains.families.rules.NotAfter: not after the day of the last move.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family)
    await district(connection, gemeente=instruction.gemeente, code=wijk)
    rules.check_move(found, from_date)
    await _insert_residence(
        connection, instruction=instruction, family_id=family, wijk=wijk, from_date=from_date
    )
    await record(connection, instruction=instruction, results=[family])
    return (family,)


async def record_big_five(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    person: UUID,
    answers: Sequence[BigFiveAnswer],
) -> tuple[UUID, ...]:
    """Record how far the big five of a youngster are; what is not named stays. Gives the person.

    :raises domains.families.rules.NotPresent: he is not a member.
    :raises domains.families.rules.NoYoungster: not of 16 to 23 years.
    :raises domains.families.rules.ReasonMissing: not applicable, and nobody says why.
    """
    found = await family_in_turn(connection, instruction=instruction, family=family, person=person)
    rules.check_big_five(found, person, answers, today=instruction.today)
    await connection.exec_driver_sql(
        "INSERT INTO domains.big_five (gemeente, person_id, part, number, state, reason,"
        " recorded_at, actor)"
        " SELECT %(gemeente)s, %(person)s, %(part)s, 1 + count(*), %(state)s, %(reason)s,"
        " %(at)s, %(actor)s FROM domains.big_five"
        " WHERE gemeente = %(gemeente)s AND person_id = %(person)s AND part = %(part)s",
        [
            {
                "gemeente": instruction.gemeente,
                "person": person,
                "part": str(answer.part),
                "state": str(answer.state),
                "reason": answer.reason,
                "at": instruction.at,
                "actor": instruction.actor.subject,
            }
            for answer in answers
        ],
    )
    await record(connection, instruction=instruction, results=[person])
    return (person,)


async def family_in_turn(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family: UUID,
    person: UUID | None = None,
) -> Family:
    """Give a family when nobody else is changing it, or drawing on its budget; the first step.

    A person too has one turn, so that two families do not take him in at one moment.

    :raises AlreadyAnsweredError: the same was asked before.
    :raises domains.families.rules.UnknownFamily: there is no such family.
    """
    await refuse_repetition(connection, instruction=instruction)
    turns = [str(family)] if person is None else [str(family), str(person)]
    await take_turns(connection, of=turns)
    return await queries.family(connection, gemeente=instruction.gemeente, family_id=family)


async def insert_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_id: UUID,
    wijk: str,
    family_type: str,
    team: str,
    is_complex: bool,
    from_date: date,
) -> None:
    """Write a new family that lives in a district from a day on."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.family"
        " (gemeente, family_id, family_type, team, is_complex, opened_on)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (instruction.gemeente, family_id, family_type, team, is_complex, from_date),
    )
    await _insert_residence(
        connection, instruction=instruction, family_id=family_id, wijk=wijk, from_date=from_date
    )


async def insert_stays(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_id: UUID,
    members: Sequence[Member],
) -> None:
    """Write who belongs to a family from a day on."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.member"
        " (gemeente, family_id, person_id, birth_date, from_date, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (
                instruction.gemeente,
                family_id,
                member.person,
                member.birth_date,
                member.from_date,
                instruction.at,
            )
            for member in members
        ],
    )


async def end_stays(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    persons: Sequence[UUID],
    until_date: date,
) -> None:
    """Write that persons no longer belong to their family."""
    await connection.exec_driver_sql(
        "UPDATE domains.member SET until_date = %s, ended_at = %s"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[]) AND until_date IS NULL",
        (until_date, instruction.at, instruction.gemeente, list(persons)),
    )


async def insert_lead(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_id: UUID,
    lead: LeadProfessional,
) -> None:
    """Write who leads the help to a family from a day on."""
    await connection.exec_driver_sql(
        "INSERT INTO domains.lead_professional"
        " (gemeente, family_id, from_date, professional, team, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            instruction.gemeente,
            family_id,
            lead.from_date,
            lead.professional,
            lead.team,
            instruction.at,
            instruction.actor.subject,
        ),
    )


async def end_lead(
    connection: AsyncConnection, *, instruction: Instruction, family: Family, until_date: date
) -> None:
    """Write that nobody leads the help to a family from a day on, if somebody did."""
    if family.lead is None:
        return
    await connection.exec_driver_sql(
        "UPDATE domains.lead_professional SET until_date = %s, ended_at = %s"
        " WHERE gemeente = %s AND family_id = %s AND until_date IS NULL",
        (
            max(until_date, family.lead.from_date),
            instruction.at,
            instruction.gemeente,
            family.id,
        ),
    )


async def _insert_residence(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    family_id: UUID,
    wijk: str,
    from_date: date,
) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO domains.family_district"
        " (gemeente, family_id, from_date, district, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (
            instruction.gemeente,
            family_id,
            from_date,
            wijk,
            instruction.at,
            instruction.actor.subject,
        ),
    )
