"""Deciding draws on family budgets, and booking what was granted, in one go."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.model import Decision, DrawRequest, EarlierDraw, Membership, Outcome, Place, Room
from domains.draws.queries import earlier_draws
from domains.draws.rules import check_draw, decide_draw
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import RuleBase, SameBy
from domains.eligibility.rules import help_kind
from domains.families.model import FamilyBudget
from domains.families.queries import family_budgets, funds
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction, record_groups, refuse_repetition, take_turns
from domains.pooling.operations import add_funds
from domains.rule_base.queries import held_rule_base
from domains.standard_entries import entries_for_draw
from ledger import balances, books
from ledger.accounts import Account
from ledger.entries import Entry, fingerprint
from ledger.reading import rows
from ledger.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A request with its decision; ``refusal`` is the code of a refusal, or empty."""

    request: DrawRequest
    decision: Decision
    refusal: str


async def request_draws(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draws: Sequence[DrawRequest],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Decide a list of draws in order and book what is granted; gives the id of each.

    A refused draw keeps its decision too and does not hurt the others. What is granted is spent
    at once (direct payment).

    :raises domains.families.rules.UnknownFamilyBudget: one of the budgets does not exist.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    budgets = await _budgets(connection, gemeente=gemeente, draws=draws)
    answers = await _decide(
        connection,
        gemeente=gemeente,
        today=instruction.today,
        booking_date=booking_date,
        draws=draws,
        budgets=budgets,
    )
    ids: list[UUID] = []
    groups: list[tuple[Entry, ...]] = []
    accounts: dict[UUID, Account] = {}
    for answer in answers:
        draw_id = instruction.new_id()
        budget = budgets[answer.request.family_budget]
        text = msgspec.json.encode(answer).decode()
        entries: tuple[Entry, ...] = ()
        if answer.decision.outcome is not Outcome.REFUSED:
            entries, opened = entries_for_draw(
                answer.request,
                answer.decision,
                gemeente=gemeente,
                family=budget.family,
                draw_id=draw_id,
                booking_date=booking_date,
                record_hash=hashlib.sha256(text.encode()).hexdigest(),
                new_id=instruction.new_id,
            )
            groups.append(entries)
            accounts.update({account.id: account for account in opened})
        await _insert(
            connection,
            instruction=instruction,
            draw_id=draw_id,
            answer=answer,
            record=text,
            entries=entries,
        )
        ids.append(draw_id)
    await _note_shortages(connection, gemeente=gemeente, answers=answers)
    await record_groups(
        connection,
        instruction=instruction,
        results=ids,
        groups=groups,
        accounts=tuple(accounts.values()),
    )
    return tuple(ids)


async def _budgets(
    connection: AsyncConnection, *, gemeente: str, draws: Sequence[DrawRequest]
) -> dict[UUID, FamilyBudget]:
    asked = sorted({draw.family_budget for draw in draws})
    found = {
        budget.id: budget
        for budget in await family_budgets(connection, gemeente=gemeente, ids=asked)
    }
    for budget_id in asked:
        if budget_id not in found:
            raise UnknownFamilyBudget(family_budget=str(budget_id))
    return found


async def _decide(
    connection: AsyncConnection,
    *,
    gemeente: str,
    today: date,
    booking_date: date,
    draws: Sequence[DrawRequest],
    budgets: dict[UUID, FamilyBudget],
) -> tuple[Answer, ...]:
    """Lock all money that could pay, then decide one draw after the other on what is left.

    Draws of one family take turns, also where there is no money to lock: the same help is then
    seen, and refused, by whoever asks second.
    """
    rules = await held_rule_base(connection, gemeente=gemeente)
    await take_turns(connection, of=[str(budget.family.id) for budget in budgets.values()])
    places = await _places(
        connection, gemeente=gemeente, booking_date=booking_date, draws=draws, budgets=budgets
    )
    accounts = sorted({account.id for found in places.values() for _, account in found})
    await books.lock_accounts(connection, gemeente=gemeente, accounts=accounts)
    left = await balances.current(connection, gemeente=gemeente, accounts=accounts)
    earlier = list(
        await earlier_draws(
            connection, gemeente=gemeente, persons=sorted({draw.person for draw in draws})
        )
    )
    oldest_open_year = await _oldest_open_year(connection, gemeente=gemeente)
    answers = []
    for draw in draws:
        budget = budgets[draw.family_budget]
        try:
            check_draw(
                draw,
                kinds=KINDS,
                members=_memberships(budget),
                earlier=earlier,
                oldest_open_year=oldest_open_year or today.year,
                asked_on=today,
            )
        except Refusal as refusal:
            answers.append(_refused(draw, refusal, rules))
            continue
        decision = decide_draw(
            draw,
            birth_date=_birth_date(budget, draw.person),
            rooms=[
                Room(
                    fund=account.colour,
                    source=chart.source_of(account.colour),
                    place=place,
                    amount_cents=left[account.id],
                )
                for place, account in places[draw.family_budget]
            ],
            rules=rules,
            kinds=KINDS,
        )
        _take(decision, places[draw.family_budget], left)
        earlier.append(_as_earlier(draw))
        answers.append(Answer(request=draw, decision=decision, refusal=""))
    return tuple(answers)


async def _places(
    connection: AsyncConnection,
    *,
    gemeente: str,
    booking_date: date,
    draws: Sequence[DrawRequest],
    budgets: dict[UUID, FamilyBudget],
) -> dict[UUID, tuple[tuple[Place, Account], ...]]:
    """List per family budget where money for these draws could lie."""
    years: dict[UUID, set[int]] = {}
    for draw in draws:
        years.setdefault(draw.family_budget, set()).update(
            range(draw.from_date.year, draw.until_date.year + 1)
        )
    per_year = {
        year: await funds(connection, gemeente=gemeente, year=year)
        for year in sorted({year for found in years.values() for year in found})
    }
    places: dict[UUID, tuple[tuple[Place, Account], ...]] = {}
    for budget_id, found_years in years.items():
        family = budgets[budget_id].family
        wijk = family.district_on(booking_date)
        found: list[tuple[Place, Account]] = []
        for fund in (fund for year in sorted(found_years) for fund in per_year[year]):
            found.append((Place.FAMILY, chart.family(gemeente, fund, gezin=str(family.id))))
            found.append((Place.DISTRICT, chart.district(gemeente, fund, wijk=wijk)))
            if family.is_complex:
                found.append((Place.COMPLEX, chart.complex_reserve(gemeente, fund)))
        places[budget_id] = tuple(found)
    return places


async def _oldest_open_year(connection: AsyncConnection, *, gemeente: str) -> int | None:
    """Give the year of the first open day: a day on which an opening starts or a closing ends."""
    found = await rows(
        connection,
        "SELECT extract(year FROM min(day)) FROM ("
        " SELECT CASE WHEN is_open THEN from_date ELSE until_date END AS day"
        " FROM ledger.period_change WHERE gemeente = %(gemeente)s) AS edge"
        " WHERE (SELECT is_open FROM ledger.period_change AS change"
        " WHERE change.gemeente = %(gemeente)s AND from_date <= day AND day < until_date"
        " ORDER BY chain_number DESC LIMIT 1)",
        {"gemeente": gemeente},
    )
    return None if found[0][0] is None else int(found[0][0])


def _take(
    decision: Decision, places: Iterable[tuple[Place, Account]], left: dict[UUID, int]
) -> None:
    """Take what a decision uses from what the next one can count on."""
    by_key = {(place, account.colour): account.id for place, account in places}
    for part in decision.parts:
        if part.place is not Place.SHORTAGE:
            left[by_key[part.place, part.fund]] -= part.amount_cents


def _memberships(budget: FamilyBudget) -> tuple[Membership, ...]:
    return tuple(
        Membership(person=member.person, from_date=member.from_date, until_date=member.until_date)
        for member in budget.family.members
    )


def _birth_date(budget: FamilyBudget, person: UUID) -> date:
    return next(member.birth_date for member in budget.family.members if member.person == person)


def _refused(draw: DrawRequest, refusal: Refusal, rules: RuleBase) -> Answer:
    return Answer(
        request=draw,
        decision=Decision(
            outcome=Outcome.REFUSED,
            parts=(),
            weighed=(),
            sentence=refusal.message(),
            rule_version=rules.version,
        ),
        refusal=refusal.code,
    )


def _as_earlier(draw: DrawRequest) -> EarlierDraw:
    return EarlierDraw(
        person=draw.person,
        kind=draw.kind,
        provider=draw.provider,
        description=draw.description,
        from_date=draw.from_date,
        until_date=draw.until_date,
    )


async def _insert(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draw_id: UUID,
    answer: Answer,
    record: str,
    entries: Sequence[Entry],
) -> None:
    draw = answer.request
    await connection.exec_driver_sql(
        "INSERT INTO domains.draw (gemeente, draw_id, family_budget_id, person_id, kind, help_key,"
        " from_date, until_date, amount_cents, provider, description, outcome, refusal,"
        " decided_at, actor, record, entries)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            instruction.gemeente,
            draw_id,
            draw.family_budget,
            draw.person,
            draw.kind,
            _help_key(answer),
            draw.from_date,
            draw.until_date,
            draw.amount_cents,
            draw.provider,
            draw.description,
            str(answer.decision.outcome),
            answer.refusal,
            instruction.at,
            instruction.actor.subject,
            record,
            [entry.id for entry in entries],
        ),
    )


def _help_key(answer: Answer) -> str:
    """Name the help, so that the database can forbid the same help on the same days (E36).

    It is a hash, because an index holds no texts of any length.
    """
    draw = answer.request
    if answer.decision.outcome is Outcome.REFUSED:
        return ""
    parts = [draw.kind, draw.provider]
    if help_kind(draw.kind, KINDS).same_by is SameBy.DESCRIPTION:
        parts.append(draw.description)
    return fingerprint(*(" ".join(part.casefold().split()) for part in parts)).hex()


async def _note_shortages(
    connection: AsyncConnection, *, gemeente: str, answers: Sequence[Answer]
) -> None:
    short = {
        part.fund
        for answer in answers
        for part in answer.decision.parts
        if part.place is Place.SHORTAGE
    }
    for fund in sorted(short):
        await add_funds(
            connection,
            gemeente=gemeente,
            funds={fund: chart.SHORTAGE_SOURCE},
            year=chart.year_of(fund),
        )
