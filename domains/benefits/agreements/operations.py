"""Recording agreements and what is cashable; settling, and realising what the council adopted.

Settling moves no money: it drafts a change of the budget, with lasten and baten apart, and only
the council decides.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    KeptAgreement,
    SettlementOrder,
)
from domains.benefits.agreements.queries import (
    agreements,
    cashable_on,
    covariances,
    settlements,
    standing_shares,
)
from domains.benefits.agreements.refusals import (
    AgreementUnknown,
    NotSignedAnymore,
    SettlementOpen,
    SettlementUnknown,
)
from domains.benefits.agreements.rules import (
    agreement_for,
    change_lines,
    check_agreement,
    check_apart,
    check_cashable,
    check_realisable,
    measured_of,
    parts_of,
    realised_amounts,
    settled,
)
from domains.benefits.bookings.model import Key, Line, State
from domains.benefits.bookings.queries import lines_beside
from domains.benefits.bookings.recording import Book, add_row
from domains.benefits.policy_domains import check_codes
from domains.benefits.settlement import Agreement, Measured, Settlement
from domains.budget_changes.operations import add_version
from domains.budget_changes.queries import budget_changes
from domains.budget_changes.rules import check_lines
from domains.instruction import Instruction, record, refuse_repetition, take_turns


async def record_agreement(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    order: AgreementOrder,
    agreement: UUID | None,
) -> tuple[UUID, ...]:
    """Record an agreement, or a new version of one; gives the ids of the agreement and version.

    :raises AgreementUnknown: there is no such agreement.
    :raises ledger.refusals.Refusal: one of
        :func:`domains.benefits.agreements.rules.check_agreement`, ``check_apart`` there, and
        :func:`domains.budget_changes.rules.check_lines`.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_codes([order.receiver, order.contributor])
    check_agreement(order)
    check_lines(change_lines(order, 1))
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    known = await agreements(connection, gemeente=gemeente)
    number = 1
    if agreement is not None:
        earlier = [each for each in known if each.id == agreement]
        if not earlier:
            raise AgreementUnknown(agreement=str(agreement))
        number = earlier[0].number + 1
    check_apart(order, known, own=agreement)
    agreement_id = agreement or instruction.new_id()
    version_id = await add_row(
        connection,
        "INSERT INTO domains.benefit_agreement (gemeente, agreement_id, number, receiver,"
        " contributor, from_date, until_date, terms, budget, decision_ref, recorded_at, actor)"
        " VALUES (%(gemeente)s, %(agreement)s, %(number)s, %(receiver)s, %(contributor)s,"
        " %(from_date)s, %(until_date)s, %(terms)s::jsonb, %(budget)s::jsonb, %(decision)s, %(at)s,"
        " %(actor)s) RETURNING version_id",
        instruction=instruction,
        said={
            "agreement": agreement_id,
            "number": number,
            "receiver": order.receiver,
            "contributor": order.contributor,
            "from_date": order.from_date,
            "until_date": order.until_date,
            "terms": json.dumps(_terms(order.terms)),
            "budget": json.dumps(
                {"lasten": _place(order.expenses), "baten": _place(order.revenues)}
            ),
            "decision": order.decision.strip(),
        },
    )
    await record(connection, instruction=instruction, results=[agreement_id, version_id])
    return (agreement_id, version_id)


async def record_cashable(
    connection: AsyncConnection, *, instruction: Instruction, cashables: Sequence[Cashable]
) -> tuple[UUID, ...]:
    """Record what domains can really spend less; the latest of a domain holds from its first day.

    :raises domains.benefits.agreements.refusals.InvalidCashable: one contradicts itself.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_codes(each.domain for each in cashables)
    for each in cashables:
        check_cashable(each)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    ids = [
        await add_row(
            connection,
            "INSERT INTO domains.benefit_cashable (gemeente, domain, number, class, part,"
            " step_cents, from_date, decision_ref, recorded_at, actor)"
            " SELECT %(gemeente)s, %(domain)s, coalesce(max(number), 0) + 1, %(class)s, %(part)s,"
            " %(step_cents)s, %(from_date)s, %(decision)s, %(at)s, %(actor)s"
            " FROM domains.benefit_cashable WHERE gemeente = %(gemeente)s"
            " AND domain = %(domain)s RETURNING cashable_id",
            instruction=instruction,
            said={
                "class": each.kind.value,
                "domain": each.domain,
                "part": str(each.part),
                "step_cents": each.step_cents,
                "from_date": each.from_date,
                "decision": each.decision.strip(),
            },
        )
        for each in cashables
    ]
    await record(connection, instruction=instruction, results=ids)
    return tuple(ids)


async def settle(
    connection: AsyncConnection, *, instruction: Instruction, order: SettlementOrder
) -> tuple[UUID, ...]:
    """Settle a year of an agreement; gives the settlement, and the version of the drafted change.

    What was settled for that year before counts in: only the difference is drafted. Without an
    amount there is no draft, and the outcome says why.

    :raises domains.benefits.agreements.refusals.NoAgreement: the domains have none on that day.
    :raises domains.benefits.agreements.refusals.CashableUnknown: nobody said what is cashable.
    :raises domains.benefits.agreements.refusals.NothingSigned: there is nothing to settle.
    :raises SettlementOpen: an adopted settlement of that year is to be realised first.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    known = await agreements(connection, gemeente=gemeente)
    agreement, year = agreement_for(order, known)
    cashable = await cashable_on(
        connection, gemeente=gemeente, domain=order.receiver, day=year.until_date
    )
    earlier = await settlements(connection, gemeente=gemeente, agreement=agreement.id)
    for each in earlier:
        if not each.is_realised and await _is_adopted(connection, gemeente, each.change_id):
            raise SettlementOpen(settlement=str(each.id))
    shares = await standing_shares(connection, gemeente=gemeente, order=agreement.order, year=year)
    measured = measured_of(
        shares,
        order=order,
        year=year,
        cashable=cashable,
        covariances=await covariances(
            connection, gemeente=gemeente, studies=[each.study_id for each in shares]
        ),
    )
    realised = [each for each in earlier if each.is_realised]
    found = settled(
        agreement.order.terms,
        measured,
        before_cents=sum(each.amount_cents for each in realised if each.year != year.number),
        this_year_cents=sum(each.amount_cents for each in realised if each.year == year.number),
    )
    change_id = instruction.new_id() if found.amount_cents else None
    settlement_id = await _write(
        connection,
        instruction,
        agreement,
        change_id=change_id,
        measured=measured,
        found=found,
        parts=parts_of(found.amount_cents, shares),
    )
    results = [settlement_id]
    if change_id is not None:
        results.append(
            await add_version(
                connection,
                instruction=instruction,
                change_id=change_id,
                number=1,
                year=instruction.today.year,
                description=f"Verrekening domeinbaten {order.receiver} aan {order.contributor},"
                f" jaar {year.number} van de afspraak",
                lines=change_lines(agreement.order, found.amount_cents),
            )
        )
    await record(connection, instruction=instruction, results=results)
    return tuple(results)


async def realise(
    connection: AsyncConnection, *, instruction: Instruction, asked: Sequence[UUID]
) -> tuple[UUID, ...]:
    """Realise settlements whose change of the budget was adopted, all or nothing; gives new ids.

    What is realised leaves the signed lines, so that nobody claims it twice.

    :raises SettlementUnknown: there is no such settlement.
    :raises NotSignedAnymore: a line was restated since and is not signed anew.
    :raises ledger.refusals.Refusal: one of
        :func:`domains.benefits.agreements.rules.check_realisable`.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    found = {each.id: each for each in await settlements(connection, gemeente=gemeente, ids=asked)}
    book = Book(instruction=instruction)
    ids = []
    for each in asked:
        if each not in found:
            raise SettlementUnknown(settlement=str(each))
        settlement = found[each]
        versions = (
            await budget_changes(connection, gemeente=gemeente, change=settlement.change_id)
            if settlement.change_id
            else ()
        )
        change = check_realisable(settlement, versions)
        keys = [key for key, _ in settlement.parts]
        standing = await _signed(connection, gemeente, keys)
        for key, cents in settlement.parts:
            if key not in standing:
                raise NotSignedAnymore(settlement=str(each), period=key.period)
            line = standing[key]
            taken, kept = realised_amounts(gemeente, line.estimate_id, settlement, cents=cents)
            book.realise(
                line,
                taken=taken,
                kept=kept,
                settlement_id=each,
                document=change.adoption.decision if change.adoption else "",
            )
        ids.append(instruction.new_id())
    await connection.exec_driver_sql(
        "INSERT INTO domains.benefit_realisation (gemeente, settlement_id, realised_id,"
        " realised_at, actor) VALUES (%s, %s, %s, %s, %s)",
        [
            (gemeente, each, realised_id, instruction.at, instruction.actor.subject)
            for realised_id, each in zip(ids, asked, strict=True)
        ],
    )
    await book.record(connection, results=ids)
    return tuple(ids)


async def _in_turn(connection: AsyncConnection, gemeente: str) -> None:
    """Let one request at a time change agreements and lines of a municipality."""
    await take_turns(connection, of=[f"domeinbaten {gemeente}"])


async def _is_adopted(connection: AsyncConnection, gemeente: str, change: UUID | None) -> bool:
    if change is None:
        return False
    versions = await budget_changes(connection, gemeente=gemeente, change=change)
    return any(each.adoption is not None for each in versions)


async def _signed(
    connection: AsyncConnection, gemeente: str, keys: Sequence[Key]
) -> dict[Key, Line]:
    """Give the signed lines that stand, by what they are about."""
    found = await lines_beside(connection, gemeente=gemeente, keys=keys, states=[State.SIGNED])
    return {each.key: each for each in found}


async def _write(
    connection: AsyncConnection,
    instruction: Instruction,
    agreement: KeptAgreement,
    *,
    change_id: UUID | None,
    measured: Measured,
    found: Settlement,
    parts: Sequence[tuple[Key, int]],
) -> UUID:
    settlement_id = await add_row(
        connection,
        "INSERT INTO domains.benefit_settlement (gemeente, agreement_id, agreement_number, year,"
        " number, amount_cents, outcome, measured, change_id, made_at, actor)"
        " SELECT %(gemeente)s, %(agreement)s, %(version)s, %(year)s, coalesce(max(number), 0) + 1,"
        " %(cents)s, %(outcome)s, %(measured)s::jsonb, %(change)s, %(at)s, %(actor)s"
        " FROM domains.benefit_settlement WHERE gemeente = %(gemeente)s"
        " AND agreement_id = %(agreement)s AND year = %(year)s RETURNING settlement_id",
        instruction=instruction,
        said={
            "agreement": agreement.id,
            "version": agreement.number,
            "year": measured.year,
            "cents": found.amount_cents,
            "outcome": found.outcome.value,
            "measured": json.dumps(asdict(measured) | {"cashable": str(measured.cashable)}),
            "change": change_id,
        },
    )
    if parts:
        await connection.exec_driver_sql(
            "INSERT INTO domains.benefit_settlement_part (gemeente, settlement_id, cohort,"
            " exposure, period, amount_cents) VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (
                    instruction.gemeente,
                    settlement_id,
                    key.cohort,
                    list(key.exposure),
                    key.period,
                    cents,
                )
                for key, cents in parts
            ],
        )
    return settlement_id


def _terms(terms: Agreement) -> dict[str, Any]:
    return {
        "minima": [
            {
                "vanaf": each.first,
                "tot": each.last,
                "bijVanaf": str(each.at_first),
                "bijTot": str(each.at_last),
            }
            for each in terms.least_rates
        ],
        "deel": str(terms.share),
        "begrenzingInzet": str(terms.investment_cap),
        "begrenzingOntvanger": str(terms.benchmark_cap),
        "drempelCenten": terms.floor_cents,
        "jarenZonderVerlies": terms.one_sided_years,
        "deelVerlies": str(terms.loss_share),
        "begrenzingVerlies": str(terms.loss_limit),
    }


def _place(place: BudgetPlace) -> dict[str, str]:
    return {"bron": place.source, "programma": place.programme, "taakveld": place.taakveld}
