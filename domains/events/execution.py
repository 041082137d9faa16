"""Executing what is due: running help is covered anew from the day of an event on.

Nothing here refuses or stops help. Draws of one list are covered one after the other on what is
left, and each draw is one group of entries. Doing it twice is doing it once: what is right stays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.cover import cover, stretches_of
from domains.draws.model import (
    Answer,
    Cover,
    Decision,
    Occasion,
    Part,
    Payment,
    Stretch,
    Weighed,
)
from domains.draws.money import Money, Places, lock_money, places_of
from domains.draws.queries import Dossier, PendingDraw, dossier
from domains.draws.recording import Book, Release
from domains.draws.rules import lapses, outcome_of
from domains.eligibility.model import RuleBase, SourceVerdict, Standing
from domains.events.model import Due
from domains.events.operations import turn_of
from domains.events.queries import still_due
from domains.events.recover import (
    Life,
    Plan,
    RunningDraw,
    plan_recover,
    plan_shortage,
    recovered_sentence,
)
from domains.events.running import running_of
from domains.families.model import Family
from domains.families.queries import families
from domains.instruction import Instruction, record, refuse_repetition, take_turns

Planning = Callable[[RunningDraw, Mapping[UUID, Life], RuleBase], Sequence[Plan]]


async def execute_events(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    due: Sequence[Due],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Cover draws anew from the day on which these events happen; gives those that changed.

    Events with draws are all of one day. An event that was executed or withdrawn in the meantime
    does nothing.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[turn_of(gemeente)])
    day = due[0].event.day
    if any(each.draws and each.event.day != day for each in due):
        raise ValueError(day)
    names = await still_due(connection, gemeente=gemeente, events=[each.event for each in due])
    standing = [each for each in due if each.event.name in names]

    def planning(draw: RunningDraw, lives: Mapping[UUID, Life], rules: RuleBase) -> Sequence[Plan]:
        return [plan_recover(draw, day=day, lives=lives, rules=rules)]

    book, changed = await _recover(
        connection,
        instruction=instruction,
        draws=sorted({draw for each in standing for draw in each.draws}),
        planning=planning,
        day=day,
        cause=", ".join(dict.fromkeys(each.event.told for each in standing)),
        booking_date=booking_date,
    )
    await _note_executed(
        connection,
        instruction=instruction,
        due=[each for each in standing if each.is_last],
        changed=changed,
    )
    await book.write(connection, results=changed or (instruction.new_id(),))
    return changed


async def cover_shortages(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draws: Sequence[UUID],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Find cover for help without it, now that there may be room; gives the draws that got some.

    What was paid already gets cover too, and its costs go along; what is of a former year waits
    for the closing of that year.

    :raises domains.draws.refusals.UnknownDraw: there is no such draw.
    """
    await refuse_repetition(connection, instruction=instruction)

    def planning(draw: RunningDraw, lives: Mapping[UUID, Life], _rules: RuleBase) -> Sequence[Plan]:
        year = instruction.today.year
        return [plan_shortage(draw, lives=lives, payment=payment, year=year) for payment in Payment]

    book, changed = await _recover(
        connection,
        instruction=instruction,
        draws=draws,
        planning=planning,
        day=instruction.today,
        cause="er is weer ruimte",
        booking_date=booking_date,
    )
    await book.write(connection, results=changed or (instruction.new_id(),))
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A draw that is covered anew: what it gives back, and which days need cover from where."""

    pending: PendingDraw
    running: RunningDraw
    plan: Plan
    stretches: Mapping[UUID, tuple[Stretch, ...]]
    """Per family on whose accounts they are to stand."""
    places: Mapping[UUID, Places]


async def _recover(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    draws: Sequence[UUID],
    planning: Planning,
    day: date,
    cause: str,
    booking_date: date,
) -> tuple[Book, tuple[UUID, ...]]:
    """Cover draws anew under the turns of their families; gives what is to be written."""
    gemeente = instruction.gemeente
    found = await dossier(connection, gemeente=gemeente, today=instruction.today, draws=draws)
    running = await running_of(connection, gemeente=gemeente, draws=draws)
    homes = {
        each.id: each
        for each in await families(connection, gemeente=gemeente, ids=running.families)
    }
    cases = []
    for draw in sorted(running.draws):
        own, lives = running.draws[draw][0], running.lives(draw, day)
        cases += [
            _case(found, own, plan, lives=lives, homes=homes, gemeente=gemeente)
            for plan in planning(own, lives, found.rules)
            if not plan.is_empty
        ]
    money = await lock_money(
        connection,
        gemeente=gemeente,
        places=[places for case in cases for places in case.places.values()],
        parts=[each.part for case in cases for each, _ in case.plan.released],
    )
    book = Book(
        instruction=instruction, booking_date=booking_date, payer_days=found.settings.payer_days
    )
    changed = []
    for case in cases:
        covered = _cover(case, money, advance_order=found.settings.advance_order)
        if _sums(covered.parts) == _sums(_given(case)):
            continue
        changed.append(case.running.id)
        book.add(
            case.running.id,
            Answer(
                occasion=Occasion.RECOVER,
                request=case.pending.request,
                decision=_decision(
                    case, covered, day=day, cause=cause, rule_version=found.rules.version
                ),
                refusal="",
            ),
            number=case.pending.number + changed.count(case.running.id),
            payment=case.plan.payment,
            releases=[
                Release(
                    part=each,
                    amount_cents=cents,
                    lapsed=lapses(running.unsettled.get(each.id, {}), cents),
                )
                for each, cents in case.plan.released
            ],
        )
    return book, tuple(dict.fromkeys(changed))


def _case(
    found: Dossier,
    own: RunningDraw,
    plan: Plan,
    *,
    lives: Mapping[UUID, Life],
    homes: Mapping[UUID, Family],
    gemeente: str,
) -> _Case:
    """Judge who may pay what has to be covered anew, and where their money could lie."""
    stretches = {
        gezin: tuple(
            _elsewhere(stretch, lives[stretch.person])
            for stretch in stretches_of(
                [need for each, need in plan.needs if each == gezin],
                family=homes[gezin],
                sources={chart.source_of(fund) for fund in found.funds},
                rules=found.rules,
            )
        )
        for gezin in sorted({each for each, _ in plan.needs})
    }
    return _Case(
        pending=found.draws[own.id],
        running=own,
        plan=plan,
        stretches=stretches,
        places={
            gezin: places_of(
                gemeente,
                family=homes[gezin],
                stretches=each,
                funds=found.funds,
                advance_order=found.settings.advance_order,
            )
            for gezin, each in stretches.items()
        },
    )


def _elsewhere(stretch: Stretch, life: Life) -> Stretch:
    """Let the municipality where somebody lives now be the one that has to pay."""
    if not life.lives_in:
        return stretch
    outside = SourceVerdict(source=life.lives_in, standing=Standing.EXTERN)
    verdicts = (outside, *stretch.segment.verdicts)
    return replace(stretch, segment=replace(stretch.segment, verdicts=verdicts))


def _given(case: _Case) -> tuple[Part, ...]:
    """Return what a draw gives back, each part with the amount that it gives."""
    return tuple(replace(each.part, amount_cents=cents) for each, cents in case.plan.released)


def _cover(case: _Case, money: Money, *, advance_order: Sequence[str]) -> Cover:
    """Find cover for a draw, with the money that it gives back itself."""
    for part in _given(case):
        money.give_back(part)
    money.take(case.plan.kept)
    parts = list(case.plan.kept)
    weighed: list[Weighed] = []
    for gezin, stretches in case.stretches.items():
        found = cover(
            stretches,
            gezin=gezin,
            rooms=money.rooms(case.places[gezin]),
            advance_order=advance_order,
        )
        money.take(found.parts)
        parts += found.parts
        weighed += found.weighed
    return Cover(parts=tuple(parts), weighed=tuple(weighed))


def _sums(parts: Iterable[Part]) -> dict[tuple[str, ...], int]:
    """Sum what is paid by whom, from where and on what ground; equal sums change nothing."""
    sums: dict[tuple[str, ...], int] = {}
    for part in parts:
        key = (part.fund, part.place, part.wijk, part.standing, part.payer, part.rule)
        sums[key] = sums.get(key, 0) + part.amount_cents
    return sums


def _decision(case: _Case, covered: Cover, *, day: date, cause: str, rule_version: str) -> Decision:
    """Write down who pays from now on; nothing that was granted changes."""
    before = case.pending.decision
    emptied = {each.id for each, cents in case.plan.released if cents == each.part.amount_cents}
    standing = [each.part for each in case.running.parts if each.id not in emptied]
    outcome = outcome_of([*standing, *covered.parts])
    return replace(
        before,
        outcome=outcome if before.outcome.is_granted else before.outcome,
        parts=covered.parts,
        weighed=covered.weighed,
        sentence=recovered_sentence(_given(case), covered.parts, day=day, cause=cause),
        rule_version=rule_version,
    )


async def _note_executed(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    due: Sequence[Due],
    changed: Sequence[UUID],
) -> None:
    """Write down that these events were executed, so that nobody does it again."""
    rows_of = [
        {
            "kind": each.event.kind,
            "name": each.event.name,
            "day": each.event.day,
            "draws": [draw for draw in each.draws if draw in changed],
        }
        for each in due
    ]
    await connection.exec_driver_sql(
        "INSERT INTO domains.executed_event (gemeente, kind, name, day, draws, executed_at, actor)"
        " SELECT %(gemeente)s, kind, name, day, draws, %(at)s, %(actor)s"
        " FROM jsonb_to_recordset(%(events)s::jsonb)"
        " AS event (kind text, name text, day date, draws uuid[])",
        {
            "gemeente": instruction.gemeente,
            "at": instruction.at,
            "actor": instruction.actor.subject,
            "events": msgspec.json.encode(rows_of).decode(),
        },
    )


async def note_day_start(
    connection: AsyncConnection, *, instruction: Instruction, up_to: date
) -> tuple[UUID, ...]:
    """Write down up to which day (inclusive) all that was due is executed; gives the run."""
    await refuse_repetition(connection, instruction=instruction)
    run_id = instruction.new_id()
    await connection.exec_driver_sql(
        "INSERT INTO domains.day_start (gemeente, run_id, up_to, recorded_at, actor)"
        " VALUES (%s, %s, %s, %s, %s)",
        (instruction.gemeente, run_id, up_to, instruction.at, instruction.actor.subject),
    )
    await record(connection, instruction=instruction, results=[run_id])
    return (run_id,)
