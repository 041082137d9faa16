"""Reading the rules of a municipality."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.eligibility.catalogue import conditions_of
from domains.eligibility.model import Nature, Reach, Rule, RuleBase, RuleOutcome
from domains.eligibility.rules import rule_base_of
from domains.rule_base.model import RuleVersion
from domains.rule_base.rules import in_force
from domains.sources.model import Hardness
from ledger.reading import rows

COMMON: Final = ""
"""Stands where a rule belongs to no municipality."""

_READ: Final = (
    "SELECT gemeente, rule_id, version, version_id, sources, sources_in_order, reach, kinds,"
    " person, age_from, age_until, conditions, outcome, hardness, legal_basis, explanation,"
    " taakveld, category, cost_account, valid_from, valid_until, decision, recorded_at, actor"
    " FROM domains.rule WHERE gemeente IN ('', %(gemeente)s)"
    " ORDER BY rule_id, gemeente, version"
)

_CONTENT: Final = (
    "SELECT md5(string_agg(rule::text, '' ORDER BY rule_id, gemeente, version))"
    " FROM domains.rule AS rule WHERE gemeente IN ('', %(gemeente)s)"
)

_KEPT: Final[dict[str, RuleBase]] = {}
_MOST_KEPT: Final = 500
"""As many as there are municipalities, and some."""


async def rule_versions(connection: AsyncConnection, *, gemeente: str) -> tuple[RuleVersion, ...]:
    """List every version of every rule for a municipality, by rule, the common ones first."""
    found = await rows(connection, _READ, {"gemeente": gemeente})
    return tuple(
        RuleVersion(
            rule=_rule(row),
            number=row.version,
            id=row.version_id,
            gemeente=row.gemeente,
            decision=row.decision,
            recorded_at=row.recorded_at,
            actor=row.actor,
        )
        for row in found
    )


async def rule_base(connection: AsyncConnection, *, gemeente: str) -> RuleBase:
    """Give the rules as they hold in a municipality now, for whatever day they speak of.

    Every draw asks this and the rules seldom change, so what was read is kept by its content.
    """
    content = await _content(connection, gemeente=gemeente)
    return await rule_base_of_content(connection, gemeente=gemeente, content=content)


async def rule_base_of_content(
    connection: AsyncConnection, *, gemeente: str, content: str
) -> RuleBase:
    """Give the rules whose content was just read, without reading them again if they are known."""
    known = _KEPT.get(content)
    if known is None:
        known = base_of(await rule_versions(connection, gemeente=gemeente))
        # Somebody may have added a rule between both reads: then these are not that content.
        if await _content(connection, gemeente=gemeente) == content:
            if len(_KEPT) >= _MOST_KEPT:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[content] = known
    return known


async def held_rule_base(connection: AsyncConnection, *, gemeente: str) -> RuleBase:
    """Give the rules, and keep others from changing them until this transaction is over.

    So what is decided by these rules is also booked under them. Any number of transactions may
    hold the rules at once; a change waits for them, and they wait for a change.
    """
    await connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", (turn_of(gemeente),)
    )
    return await rule_base(connection, gemeente=gemeente)


async def rule_base_of_version(
    connection: AsyncConnection, *, gemeente: str, version: str
) -> RuleBase | None:
    """Give the rules as a decision knew them, by the name of their version, if it ever was.

    Every version of a rule stays, so the rules can be put together again as they were recorded.
    """
    versions = await rule_versions(connection, gemeente=gemeente)
    common = sorted({each.recorded_at for each in versions if each.gemeente == COMMON})
    own = sorted({each.recorded_at for each in versions if each.gemeente != COMMON})
    for common_until in reversed(common):
        for own_until in (*reversed(own), None):
            known = base_of(
                tuple(
                    each
                    for each in versions
                    if (each.gemeente == COMMON and each.recorded_at <= common_until)
                    or (
                        each.gemeente != COMMON
                        and own_until is not None
                        and each.recorded_at <= own_until
                    )
                )
            )
            if known.version == version:
                return known
    return None


def turn_of(gemeente: str) -> str:
    """Name what one change of a municipality's rules waits for."""
    return f"rechtsregels {gemeente}"


def base_of(versions: tuple[RuleVersion, ...]) -> RuleBase:
    """Give the rules that hold by these versions, with the name of exactly this content."""
    return rule_base_of(
        in_force(
            [each.rule for each in versions if each.gemeente == COMMON],
            [each.rule for each in versions if each.gemeente != COMMON],
        )
    )


async def _content(connection: AsyncConnection, *, gemeente: str) -> str:
    """Name what the rules of a municipality say, every version and every word."""
    ((content,),) = await rows(connection, _CONTENT, {"gemeente": gemeente})
    return str(content)


def _rule(row: Any) -> Rule:
    return Rule(
        rule_id=row.rule_id,
        sources=tuple(row.sources),
        sources_in_order=row.sources_in_order,
        reach=Reach(row.reach),
        kinds=tuple(row.kinds),
        person=row.person,
        age_from=row.age_from,
        age_until=row.age_until,
        conditions=conditions_of(row.conditions),
        outcome=RuleOutcome(row.outcome),
        hardness=Hardness(row.hardness),
        legal_basis=row.legal_basis,
        explanation=row.explanation,
        nature=_nature(row),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def _nature(row: Any) -> Nature | None:
    if row.taakveld is None:
        return None
    return Nature(taakveld=row.taakveld, category=row.category, cost_account=row.cost_account)
