"""Adding rules of a municipality's own and narrowing common ones, by a decision."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.eligibility.catalogue import KINDS, text_of
from domains.eligibility.model import Reach, Rule
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.rule_base.model import Narrowing
from domains.rule_base.queries import COMMON, base_of, rule_versions, turn_of
from domains.rule_base.rules import check_addition, narrowed


async def add_rule(
    connection: AsyncConnection, *, instruction: Instruction, rule: Rule, decision: str
) -> tuple[UUID, ...]:
    """Add a rule of the municipality's own; gives the id of this version.

    Where it names no legal basis, the decision is the basis. The same number again is a later
    version, which takes over from its first day. Without kinds of help it speaks of all help;
    then it can only close.

    :raises ledger.refusals.Refusal: one of :func:`domains.rule_base.rules.check_addition`.
    """
    await refuse_repetition(connection, instruction=instruction)
    await _take_turn(connection, instruction)
    versions = await rule_versions(connection, gemeente=instruction.gemeente)
    check_addition(
        rule,
        decision=decision,
        common=[each.rule for each in versions if each.gemeente == COMMON],
        kinds=KINDS,
    )
    made = replace(
        rule,
        reach=Reach.KIND if rule.kinds else Reach.ALWAYS,
        legal_basis=rule.legal_basis.strip() or decision.strip(),
    )
    return await _record(connection, made, instruction=instruction, decision=decision)


async def narrow_rule(
    connection: AsyncConnection, *, instruction: Instruction, narrowing: Narrowing, decision: str
) -> tuple[UUID, ...]:
    """Narrow a rule that is not law, from a day on; gives the id of the narrower version.

    What was granted before stays granted and booked.

    :raises ledger.refusals.Refusal: one of :func:`domains.rule_base.rules.narrowed`.
    """
    await refuse_repetition(connection, instruction=instruction)
    await _take_turn(connection, instruction)
    versions = await rule_versions(connection, gemeente=instruction.gemeente)
    made = narrowed(
        narrowing,
        decision=decision,
        today=instruction.today,
        rules=base_of(versions).rules,
        kinds=KINDS,
    )
    return await _record(connection, made, instruction=instruction, decision=decision)


async def _take_turn(connection: AsyncConnection, instruction: Instruction) -> None:
    """Let one change of a municipality's rules see the other."""
    await take_turns(connection, of=[turn_of(instruction.gemeente)])


async def _record(
    connection: AsyncConnection, rule: Rule, *, instruction: Instruction, decision: str
) -> tuple[UUID, ...]:
    version_id = instruction.new_id()
    nature = rule.nature
    await connection.exec_driver_sql(
        "INSERT INTO domains.rule (gemeente, rule_id, version, version_id, sources,"
        " sources_in_order, reach, kinds, person, age_from, age_until, conditions, outcome,"
        " hardness, legal_basis, explanation, taakveld, category, cost_account, valid_from,"
        " valid_until, decision, recorded_at, actor)"
        " SELECT %(gemeente)s, %(rule_id)s, coalesce(max(version), 0) + 1, %(version_id)s,"
        " %(sources)s::text[], %(in_order)s, %(reach)s, %(kinds)s::text[], %(person)s,"
        " %(age_from)s, %(age_until)s::integer, %(conditions)s, %(outcome)s, %(hardness)s,"
        " %(legal_basis)s, %(explanation)s, %(taakveld)s, %(category)s, %(cost_account)s,"
        " %(valid_from)s, %(valid_until)s::date, %(decision)s, %(recorded_at)s, %(actor)s"
        " FROM domains.rule WHERE gemeente = %(gemeente)s AND rule_id = %(rule_id)s",
        {
            "gemeente": instruction.gemeente,
            "rule_id": rule.rule_id,
            "version_id": version_id,
            "sources": list(rule.sources),
            "in_order": rule.sources_in_order,
            "reach": rule.reach.value,
            "kinds": list(rule.kinds),
            "person": rule.person,
            "age_from": rule.age_from,
            "age_until": rule.age_until,
            "conditions": text_of(rule.conditions),
            "outcome": rule.outcome.value,
            "hardness": rule.hardness.value,
            "legal_basis": rule.legal_basis,
            "explanation": rule.explanation,
            "taakveld": nature and nature.taakveld,
            "category": nature and nature.category,
            "cost_account": nature and nature.cost_account,
            "valid_from": rule.valid_from,
            "valid_until": rule.valid_until,
            "decision": decision.strip(),
            "recorded_at": instruction.at,
            "actor": instruction.actor.subject,
        },
    )
    await record(connection, instruction=instruction, results=[version_id])
    return (version_id,)
