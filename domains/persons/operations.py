"""Registering who stands behind pseudonyms, sheltering strangers, and forgetting a family."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.families.queries import family as find_family
from domains.families.rules import UnknownPerson
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.messages.contents import passes_eleven_check
from domains.messages.model import PersonFacts
from domains.persons import rules
from domains.persons.model import NewPerson
from domains.persons.queries import hold_on, keys_left
from domains.persons.vault import DataKey, Vault
from domains.privacy.queries import known_families
from domains.privacy.rules import decide_retention
from ledger.reading import rows
from ledger.refusals import Refusal


@dataclass(kw_only=True, unsafe_hash=True)
class BsnInvalid(Refusal):
    """A number fails the 11-check."""

    code: ClassVar[str] = "bsn-ongeldig"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het BSN bij persoon {self.person} voldoet niet aan de elfproef. Controleer het"
            " nummer in de basisregistratie."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class BsnTaken(Refusal):
    """A number belongs to another pseudonym already."""

    code: ClassVar[str] = "bsn-bij-ander"
    person: UUID
    known: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Het BSN bij persoon {self.person} hoort al bij persoon {self.known}. Controleer"
            " welk pseudoniem van deze persoon is."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class PersonRegistered(Refusal):
    """It was told before whom a pseudonym stands for."""

    code: ClassVar[str] = "persoon-al-geregistreerd"
    person: UUID

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Van persoon {self.person} is al vastgelegd wie het is. Gebruik die registratie."


async def register_persons(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Vault,
    persons: Sequence[NewPerson],
) -> tuple[UUID, ...]:
    """Lay down whom pseudonyms of members of families stand for; gives the pseudonyms.

    :raises BsnInvalid: a number fails the 11-check.
    :raises domains.families.rules.UnknownPerson: a pseudonym is of no family.
    :raises PersonRegistered: it was told before.
    :raises BsnTaken: the number belongs to another.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"personen {gemeente}"])
    for each in persons:
        if not passes_eleven_check(each.facts.bsn):
            raise BsnInvalid(person=each.person)
    families = await _families(connection, gemeente, [each.person for each in persons])
    taken = await rows(
        connection,
        "SELECT person_id, lookup FROM persons.person WHERE gemeente = %s AND is_known"
        " AND (person_id = ANY (%s::uuid[]) OR lookup = ANY (%s::bytea[]))",
        (
            gemeente,
            [each.person for each in persons],
            [mark for each in persons for mark in vault.look_ups(gemeente, each.facts.bsn)],
        ),
    )
    by_person = {row.person_id for row in taken}
    by_bsn = {bytes(row.lookup): row.person_id for row in taken}
    for each in persons:
        if each.person not in families:
            raise UnknownPerson(person=each.person)
        if each.person in by_person:
            raise PersonRegistered(person=each.person)
        for mark in vault.look_ups(gemeente, each.facts.bsn):
            if mark in by_bsn:
                raise BsnTaken(person=each.person, known=by_bsn[mark])
        by_person.add(each.person)
        by_bsn[vault.look_up(gemeente, each.facts.bsn)] = each.person
    keys = await _family_keys(connection, instruction, vault, set(families.values()))
    await _insert(
        connection,
        instruction,
        vault,
        [(*keys[families[each.person]], each.person, each.facts) for each in persons],
        is_known=True,
    )
    ids = tuple(each.person for each in persons)
    await record(connection, instruction=instruction, results=ids)
    return ids


async def shelter_strangers(
    connection: AsyncConnection, *, instruction: Instruction, vault: Vault, bsns: Iterable[str]
) -> dict[str, UUID]:
    """Give pseudonyms to people whom a message names and whom nobody here knows.

    The message has to be answered with their number, and the ledger may not keep it.
    """
    strangers = {bsn: instruction.new_random_id() for bsn in sorted(set(bsns))}
    if strangers:
        key_id = instruction.new_random_id()
        key = vault.new_data_key(instruction.gemeente, key_id)
        await _insert_key(connection, instruction, key_id, key, family=None)
        await _insert(
            connection,
            instruction,
            vault,
            [(key_id, key, person, PersonFacts(bsn=bsn)) for bsn, person in strangers.items()],
            is_known=False,
        )
    return strangers


async def forget_family(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    vault: Callable[[], Vault],
    family: UUID,
    reason: str,
    ground: str | None = None,
) -> tuple[UUID, ...]:
    """Destroy the key of a family, and with it all that was known of its persons; gives it.

    Whoever moved is forgotten with the family that he came to last, and not with an earlier one.
    The ledger keeps its pseudonyms and amounts, and its chain stays whole. ``reason`` refers to
    the decision, or to the article whose term is over; ``ground`` says on what request it comes
    before that. The vault is asked for only where somebody moved.

    :raises domains.families.rules.UnknownFamily: there is no such family.
    :raises domains.persons.rules.StillHelped: help runs, or waits for somebody.
    :raises domains.persons.rules.NobodyKnown: nothing is sealed for it, or not any more.
    :raises domains.persons.rules.TermRuns: its term is not over, and there is no ground.
    :raises domains.persons.vault.PersonKeyUnusable: somebody moved, and this vault does not fit.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"personen {gemeente}", str(family)])
    await find_family(connection, gemeente=gemeente, family_id=family)
    await _seal_movers(connection, instruction, vault, family)
    rules.check_forgettable(
        await hold_on(connection, gemeente=gemeente, family=family, today=instruction.today),
        family=family,
    )
    for known in await known_families(connection, gemeente=gemeente):
        if known.id == family:
            rules.check_term(decide_retention(known), today=instruction.today, ground=ground)
    decision = rules.decision_of(reason, ground)
    await connection.exec_driver_sql(
        "SELECT persons.forget_family(%s, %s, %s, %s, %s)",
        (gemeente, family, instruction.at, instruction.actor.subject, decision),
    )
    await record(connection, instruction=instruction, results=[family])
    return (family,)


async def drop_master_keys(
    connection: AsyncConnection, *, gemeente: str, vault: Vault, at: datetime
) -> None:
    """Let nobody wrap anything more by the older master keys of a vault.

    Whoever was wrapping is waited for and then counted; whoever comes later is refused.

    :raises domains.persons.rules.KeyStillUsed: they still wrap keys.
    """
    await take_turns(connection, of=[_turn_of_masters(gemeente)])
    left = await keys_left(connection, gemeente=gemeente, vault=vault)
    if left:
        raise rules.KeyStillUsed(count=left)
    await connection.exec_driver_sql(
        "INSERT INTO persons.dropped_master (gemeente, master, recorded_at)"
        " SELECT %s, master, %s FROM unnest(%s::text[]) AS master ON CONFLICT DO NOTHING",
        (gemeente, at, list(vault.names[1:])),
    )


async def wrap_keys_anew(
    connection: AsyncConnection, *, instruction: Instruction, vault: Vault
) -> tuple[UUID, ...]:
    """Wrap all that older master keys wrapped by the newest one; gives the keys of the families.

    Their persons stay sealed as they are, and are found by a mark of the newest key.

    :raises domains.persons.vault.PersonKeyUnusable: none of the master keys wrapped it.
    :raises domains.persons.rules.MasterKeyDropped: the newest was thrown away meanwhile.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"personen {gemeente}"])
    await _check_master(connection, gemeente, vault.name)
    found = await rows(
        connection,
        "SELECT key_id, wrapped, master FROM persons.data_key"
        " WHERE gemeente = %s AND wrapped IS NOT NULL AND master <> %s ORDER BY key_id",
        (gemeente, vault.name),
    )
    plain = {
        row.key_id: vault.unwrap(
            gemeente, row.key_id, wrapped=bytes(row.wrapped), master=row.master
        )
        for row in found
    }
    anew = [vault.wrap(gemeente, key_id, key.plain) for key_id, key in plain.items()]
    marks = {
        row.person_id: vault.look_up(
            gemeente,
            vault.open(plain[row.key_id], gemeente, row.person_id, bytes(row.sealed)).bsn,
        )
        for row in await rows(
            connection,
            "SELECT person_id, key_id, sealed FROM persons.person"
            " WHERE gemeente = %s AND key_id = ANY (%s::uuid[])",
            (gemeente, list(plain)),
        )
    }
    await connection.exec_driver_sql(
        "SELECT persons.wrap_anew(%s, %s::uuid[], %s::bytea[], %s, %s::uuid[], %s::bytea[])",
        (
            gemeente,
            list(plain),
            [key.wrapped for key in anew],
            vault.name,
            list(marks),
            list(marks.values()),
        ),
    )
    await record(connection, instruction=instruction, results=list(plain))
    return tuple(plain)


async def _seal_movers(
    connection: AsyncConnection,
    instruction: Instruction,
    vault_of: Callable[[], Vault],
    family: UUID,
) -> None:
    """Seal whoever joined or left a family by the key of the family that he came to last."""
    gemeente = instruction.gemeente
    found = await rows(
        connection,
        "SELECT person.person_id, person.key_id, person.sealed, key.wrapped, key.master,"
        " lives.family_id FROM persons.person AS person"
        " JOIN persons.data_key AS key USING (gemeente, key_id)"
        " CROSS JOIN LATERAL (SELECT stay.family_id FROM domains.member AS stay"
        " WHERE stay.gemeente = person.gemeente AND stay.person_id = person.person_id"
        " ORDER BY stay.from_date DESC LIMIT 1) AS lives"
        " WHERE gemeente = %s AND person.is_known AND key.wrapped IS NOT NULL"
        " AND key.family_id <> lives.family_id AND %s IN (key.family_id, lives.family_id)",
        (gemeente, family),
    )
    if not found:
        return
    vault = vault_of()
    keys = await _family_keys(connection, instruction, vault, {row.family_id for row in found})
    sealed = []
    for row in found:
        earlier = vault.unwrap(gemeente, row.key_id, wrapped=bytes(row.wrapped), master=row.master)
        facts = vault.open(earlier, gemeente, row.person_id, bytes(row.sealed))
        sealed.append(vault.seal(keys[row.family_id][1], gemeente, row.person_id, facts))
    await connection.exec_driver_sql(
        "SELECT persons.seal_anew(%s, %s::uuid[], %s::uuid[], %s::bytea[])",
        (
            gemeente,
            [row.person_id for row in found],
            [keys[row.family_id][0] for row in found],
            sealed,
        ),
    )


async def _families(
    connection: AsyncConnection, gemeente: str, persons: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Give the family that each person came to last."""
    found = await rows(
        connection,
        "SELECT DISTINCT ON (person_id) person_id, family_id FROM domains.member"
        " WHERE gemeente = %s AND person_id = ANY (%s::uuid[])"
        " ORDER BY person_id, from_date DESC",
        (gemeente, list(persons)),
    )
    return {row.person_id: row.family_id for row in found}


async def _family_keys(
    connection: AsyncConnection, instruction: Instruction, vault: Vault, families: set[UUID]
) -> dict[UUID, tuple[UUID, DataKey]]:
    """Open the data keys of families, and make those that are not there."""
    gemeente = instruction.gemeente
    found = await rows(
        connection,
        "SELECT family_id, key_id, wrapped, master FROM persons.data_key"
        " WHERE gemeente = %s AND family_id = ANY (%s::uuid[]) AND wrapped IS NOT NULL",
        (gemeente, list(families)),
    )
    keys = {
        row.family_id: (
            row.key_id,
            vault.unwrap(gemeente, row.key_id, wrapped=bytes(row.wrapped), master=row.master),
        )
        for row in found
    }
    for family in sorted(families - keys.keys()):
        key_id = instruction.new_random_id()
        key = vault.new_data_key(gemeente, key_id)
        await _insert_key(connection, instruction, key_id, key, family=family)
        keys[family] = (key_id, key)
    return keys


async def _insert_key(
    connection: AsyncConnection,
    instruction: Instruction,
    key_id: UUID,
    key: DataKey,
    *,
    family: UUID | None,
) -> None:
    await _check_master(connection, instruction.gemeente, key.master)
    await connection.exec_driver_sql(
        "INSERT INTO persons.data_key (gemeente, key_id, family_id, master, wrapped, recorded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (instruction.gemeente, key_id, family, key.master, key.wrapped, instruction.at),
    )


async def _check_master(connection: AsyncConnection, gemeente: str, master: str) -> None:
    """Refuse to wrap by a master key that was thrown away; until the end none is."""
    await connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))",
        (_turn_of_masters(gemeente),),
    )
    if await rows(
        connection,
        "SELECT 1 FROM persons.dropped_master WHERE gemeente = %s AND master = %s",
        (gemeente, master),
    ):
        raise rules.MasterKeyDropped


def _turn_of_masters(gemeente: str) -> str:
    return f"hoofdsleutels {gemeente}"


async def _insert(
    connection: AsyncConnection,
    instruction: Instruction,
    vault: Vault,
    found: Sequence[tuple[UUID, DataKey, UUID, PersonFacts]],
    *,
    is_known: bool,
) -> None:
    gemeente = instruction.gemeente
    await connection.exec_driver_sql(
        "INSERT INTO persons.person"
        " (gemeente, person_id, key_id, lookup, is_known, sealed, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                gemeente,
                person,
                key_id,
                vault.look_up(gemeente, facts.bsn),
                is_known,
                vault.seal(key, gemeente, person, facts),
                instruction.at,
                instruction.actor.subject,
            )
            for key_id, key, person, facts in found
        ],
    )
