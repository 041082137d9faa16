"""Everything that a municipality can do, in invented orders: after it all books are sound.

Money is filled and shifted, families change, help is asked, judged, delivered and stopped, payers
are found, days begin, and what was done is asked again or reversed.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from domains import chart
from domains.draws.queries import Draw
from domains.payers.model import PayerState
from domains.settings.model import SettingName
from ledger import balances, books
from ledger.accounts import Book
from ledger.entries import Entry, Posting, PostingRequest, fingerprint
from ledger.refusals import Refusal
from tests.domains.families import acts
from tests.domains.payers import support as payers
from tests.domains.reservations import support as reservations
from tests.domains.support import DAY, LAST_DAY, NOW, Operation, Town
from tests.properties.asking import FAMILIES, SOURCES, Asking, Families, Money, askings, moneys
from tests.properties.test_pooling import returning, shift
from tests.support import databases
from tests.support.databases import Database

pytestmark = [
    pytest.mark.postgres,
    # One server will do: the laws of the kernel are held against both.
    pytest.mark.parametrize("server", [databases.PACKAGED], indirect=True, scope="session"),
]

SHORT: Final = settings(
    max_examples=12,  # The long proof tries five hundred, each of them longer.
    stateful_step_count=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
LONG: Final = settings(SHORT, max_examples=500, stateful_step_count=40)

PAYERS: Final = ("ZVW", "SHV", "WMO", "WLZ", "JW")
numbers = st.integers(0, 40)
euros = st.sampled_from((0, 1, 30, 2_000))
sources = st.sampled_from(SOURCES)


class RememberingTown(Town):
    """A municipality that remembers what was asked and answered, to ask it once more."""

    def __init__(self, engine: AsyncEngine, gemeente: str) -> None:
        super().__init__(engine, gemeente)
        self.asked: list[tuple[Operation, str, dict[str, Any], tuple[UUID, ...]]] = []

    async def do(
        self, operation: Operation, key: str | None = None, **said: Any
    ) -> tuple[UUID, ...]:
        """Run an operation and remember it with its answer."""
        used = key or f"sleutel {len(self.asked)} {self._clock.new_id()}"
        answer = await super().do(operation, used, **said)
        self.asked.append((operation, used, said, answer))
        return answer

    async def ask_again(self, number: int) -> None:
        """Ask something once more: the answer is the same and nothing is booked."""
        operation, key, said, answer = self.asked[number % len(self.asked)]
        before = await self.number_of_entries()
        assert await super().do(operation, key, **said) == answer
        assert await self.number_of_entries() == before


class HelpMachine(RuleBasedStateMachine):
    """One municipality with its families; a refusal is an answer, a broken promise is not."""

    def __init__(self, runner: asyncio.Runner, town: RememberingTown, copy: str) -> None:
        super().__init__()
        self.runner = runner
        self.town = town
        self.copy = copy
        """A municipality whose books are still empty."""
        self.home = Families(town)
        self.day = DAY

    def answer(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Wait for an answer; a refusal is one too."""
        with suppress(Refusal):
            self.runner.run(doing)

    @initialize(money=moneys, asked=st.lists(askings, min_size=1, max_size=3))
    def begin(self, money: Money, asked: list[Asking]) -> None:
        """Begin with some money, families and help."""
        self.runner.run(self.home.begin(money))
        self.ask(asked)

    @rule(asked=st.lists(askings, min_size=1, max_size=3))
    def ask(self, asked: list[Asking]) -> None:
        """Ask help."""
        # What lies outside the books at the first moment is for the tests of refusals.
        self.answer(self.home.ask([replace(each, start=each.start % 365) for each in asked]))

    @rule(verdicts=st.lists(st.booleans(), min_size=1, max_size=3))
    def judge(self, verdicts: list[bool]) -> None:
        """Judge what waits."""
        self.answer(self.home.judge(verdicts))

    @rule(source=sources, other=sources, amount=euros)
    def authorise(self, source: str, other: str, amount: int) -> None:
        """Let the council authorise more."""
        self.answer(self.town.authorise({source: amount, other: amount + 1}))

    @rule(source=sources, other=sources, amount=euros, what=st.integers(0, 3), place=numbers)
    def move_money(self, source: str, other: str, amount: int, what: int, place: int) -> None:
        """Move money between funds, districts and the reserve."""
        wijk = f"{self.town.wijk[:-2]}0{1 + place % FAMILIES}"
        self.answer(
            (
                lambda: self.town.do(shift(source, other, amount)),
                lambda: self.town.reserve({source: amount}),
                lambda: self.town.fill({source: amount}, wijk=wijk),
                lambda: self.town.do(returning(wijk, source, amount)),
            )[what]()
        )

    @rule(order=st.lists(sources, unique=True, min_size=1, max_size=4), days=st.integers(1, 60))
    def decide_settings(self, order: list[str], days: int) -> None:
        """Let the college name other funds that pay in advance, and another term."""
        self.answer(self.town.decide(SettingName.ADVANCE_ORDER, order))
        self.answer(self.town.decide(SettingName.APPROVAL_DAYS, days))

    @rule(name=st.sampled_from(("weigeren", "wacht-op-verhoging")))
    def decide_over_delivery(self, name: str) -> None:
        """Let deliveries above the reservation be refused, or wait."""
        self.answer(self.town.decide(SettingName.OVER_DELIVERY, name))

    @rule(place=numbers, cents=st.sampled_from((1, 100_00, 90_000_00)), what=st.integers(0, 3))
    def change_budget(self, place: int, cents: int, what: int) -> None:
        """Fill a family budget further, close it, use it again, or return what is left."""
        budget = self.home.budgets[place % len(self.home.budgets)]
        self.answer(
            (
                lambda: acts.top_up(self.town, budget, cents),
                lambda: acts.close(self.town, budget, "klaar"),
                lambda: acts.reopen(self.town, budget),
                lambda: self.town.give_back(budget),
            )[what]()
        )

    @rule(place=numbers, days=st.sampled_from((-20, -10, 0, 0, 1)), what=st.integers(0, 4))
    def change_family(self, place: int, days: int, what: int) -> None:
        """Let a family split, merge, move, or let somebody leave or join."""
        number = place % len(self.home.families)
        family = self.home.families[number]
        other = self.home.families[(number + 1) % len(self.home.families)]
        youngster = self.home.members[number][1]
        from_date = DAY + timedelta(days=days)
        wijk = f"{self.town.wijk[:-2]}0{1 + place % FAMILIES}"
        self.answer(
            (
                lambda: acts.split(self.town, family, youngster, from_date=from_date),
                lambda: acts.merge(self.town, family, other, from_date=from_date),
                lambda: acts.move(self.town, family, wijk, from_date),
                lambda: acts.leave(self.town, family, youngster, from_date),
                lambda: acts.take_in(self.town, other, youngster, from_date),
            )[what]()
        )

    @rule(
        place=numbers,
        cents=st.sampled_from((1, 5_00, 700_00)),
        start=st.integers(0, 60),
        days=st.integers(1, 40),
    )
    def deliver(self, place: int, cents: int, start: int, days: int) -> None:
        """Deliver something of a reservation."""
        self.answer(self._deliver(place, cents, start, days))

    @rule(
        place=numbers,
        cents=st.sampled_from((None, 1, 5_00, 700_00)),
        what=st.integers(0, 2),
        days=st.integers(0, 60),
    )
    def change_reservation(self, place: int, cents: int | None, what: int, days: int) -> None:
        """Release, raise or stop a reservation."""
        self.answer(self._change_reservation(place, cents, what, days))

    @rule(
        place=numbers,
        payer=st.sampled_from(PAYERS),
        cents=st.sampled_from((None, None, 1, 5_00)),
        what=st.sampled_from((0, 0, 0, 1, 1, 2, 3, 4, 5, 6)),
        state=st.sampled_from(PayerState),
    )
    def find_payer(
        self, place: int, payer: str, cents: int | None, what: int, state: PayerState
    ) -> None:
        """Claim an advance, accept it, say no, pay, give up, let it stay, or clear all."""
        self.answer(self._find_payer(place, payer, cents, what, state))

    @rule(place=numbers)
    def settle(self, place: int) -> None:
        """Let the first of the others that may pay an advance take it over."""
        self.answer(self._settle(place))

    @rule(days=st.sampled_from((1, 7, 60, 140)))
    def start_day(self, days: int) -> None:
        """Begin a later day; what was forgotten in between is done now."""
        self.day = min(self.day + timedelta(days=days), date(2026, 12, 31))
        self.runner.run(self.home.start_day(self.day))

    @rule(number=numbers)
    def ask_again(self, number: int) -> None:
        """Ask something that was answered before."""
        self.runner.run(self.town.ask_again(number))

    @rule(chosen=st.lists(numbers, min_size=1, max_size=3))
    def reverse(self, chosen: list[int]) -> None:
        """Reverse entries, whatever they are."""
        for number in chosen:
            self.answer(self._reverse(number))

    @invariant()
    def due_to_is_due_from(self) -> None:
        """What funds owe each other is what they have to get from each other, at every moment."""
        self.runner.run(self._funds_owe_each_other())

    def teardown(self) -> None:
        """Check all books, and that their journal alone gives the same balances again."""
        self.runner.run(self._teardown())

    async def _deliver(self, place: int, cents: int, start: int, days: int) -> None:
        found = await self._some_draw(place)
        first = found.request.from_date + timedelta(days=start)
        until = first + timedelta(days=days)
        await reservations.deliver(
            self.town,
            reservations.delivery(found.id, cents, (first, until)),
            booking_date=LAST_DAY,
        )

    async def _change_reservation(
        self, place: int, cents: int | None, what: int, days: int
    ) -> None:
        found = await self._some_draw(place)
        draw = found.id
        day = found.request.from_date + timedelta(days=days)
        if what == 0:
            await reservations.release(self.town, draw, cents)
        elif what == 1:
            await reservations.stop(self.town, draw, day)
        else:
            longer = (day, found.request.until_date + timedelta(days=days))
            await reservations.raise_(self.town, draw, cents or 0, longer, role="wijkteam")

    async def _some_draw(self, place: int) -> Draw:
        """Choose a draw; mostly one that still reserves something."""
        running = await self.town.ask(
            "SELECT draw_id FROM domains.standing_part WHERE reserved_cents > 0"
            " GROUP BY draw_id ORDER BY draw_id"
        )
        chosen = self.home.draws if place % 5 == 0 or not running else [row[0] for row in running]
        (found,) = await self.town.draws(chosen[place % len(chosen)])
        return found

    async def _find_payer(
        self, place: int, payer: str, cents: int | None, what: int, state: PayerState
    ) -> None:
        items = await self.town.ask(
            "SELECT part_id, payer FROM domains.payer_item JOIN domains.part"
            " USING (gemeente, part_id) ORDER BY part_id"
        )
        if items:
            item, expected = items[place % len(items)]
            payer = expected if place % 3 and expected else payer
            steps = (
                payers.claiming(item, payer, cents),
                payers.accepting(item, payer, cents),
                payers.disputing(item, payer, cents),
                payers.staying(item, cents),
                payers.receiving(item, payer, cents),
                payers.writing_off(item, state, payer, cents),
                payers.netting(),
            )
            await self.town.do(steps[what])

    async def _settle(self, place: int) -> None:
        items = await self.town.ask("SELECT part_id FROM domains.payer_item ORDER BY part_id")
        for source in SOURCES if items else ():
            item = items[place % len(items)][0]
            with suppress(Refusal):
                await self.town.do(payers.claiming(item, source))
                await self.town.do(payers.accepting(item, source))
                return

    async def _reverse(self, number: int) -> None:
        entries = await self.town.ask("SELECT entry_id FROM ledger.entry ORDER BY entry_id DESC")
        if entries:
            await self.town.reverse(entries[number % len(entries)][0])

    async def _funds_owe_each_other(self) -> None:
        differing = await self.town.ask(
            "SELECT creditor, debtor, sum(balance_cents) FROM ledger.balance"
            " JOIN ledger.account USING (gemeente, account_id)"
            " CROSS JOIN LATERAL (SELECT colour, dimensions ->> 'middel') AS own (fund, other)"
            " CROSS JOIN LATERAL (SELECT"
            f" CASE code WHEN '{chart.DUE_FROM}' THEN fund ELSE other END,"
            f" CASE code WHEN '{chart.DUE_FROM}' THEN other ELSE fund END)"
            " AS pair (creditor, debtor)"
            f" WHERE code IN ('{chart.DUE_TO}', '{chart.DUE_FROM}')"
            " GROUP BY creditor, debtor HAVING sum(balance_cents) <> 0"
        )
        assert differing == []

    async def _teardown(self) -> None:
        await self.town.assert_sound()
        assert await balances_of(self.town, self.town.gemeente) == await replayed(
            self.town, self.copy
        )


async def balances_of(town: Town, gemeente: str) -> dict[tuple[object, ...], int]:
    """Give every balance that is not zero, by all that its account is but the municipality."""
    found: dict[tuple[object, ...], int] = {}
    async with db.transaction(town.engine, gemeente) as connection:
        for book in Book:
            for each in await balances.trial_balance(
                connection,
                gemeente=gemeente,
                book=book,
                on=date(2029, 12, 31),
                known_up_to=await balances.last_link(connection, gemeente=gemeente),
            ):
                if each.balance_cents:
                    account = each.account
                    key = (book, account.code, account.colour, account.dimensions)
                    found[key] = each.balance_cents
    return found


async def replayed(town: Town, copy: str) -> dict[tuple[object, ...], int]:
    """Post the whole journal once more, in the books of another municipality."""
    async with db.transaction(town.engine, town.gemeente) as connection:
        journal = await balances.find_entries(
            connection,
            gemeente=town.gemeente,
            entries=[row[0] for row in await town.ask("SELECT entry_id FROM ledger.entry")],
        )
    accounts = {
        line.account.id: replace(line.account, gemeente=copy)
        for entry in journal
        for line in entry.lines
    }
    entries = [
        Entry(
            id=entry.id,
            booking_date=entry.booking_date,
            kind=entry.kind,
            description=entry.description,
            postings=tuple(
                Posting(
                    account=accounts[line.account.id].id,
                    amount_cents=line.amount_cents,
                    basis=line.basis,
                )
                for line in entry.lines
            ),
            performance_from=entry.performance_from,
            performance_until=entry.performance_until,
            reverses=entry.reverses,
        )
        for entry in journal
    ]
    other = Town(town.engine, copy)
    for year in (2026, 2027):
        await other.open_year(year)
    request = PostingRequest(
        client="proef",
        key="alles opnieuw",
        actor="medewerker",
        fingerprint=fingerprint("alles opnieuw"),
        groups=tuple((entry,) for entry in entries),
        accounts=tuple(accounts.values()),
    )
    async with db.transaction(town.engine, copy) as connection:
        await books.post(connection, gemeente=copy, recorded_at=NOW, requests=[request])
    return await balances_of(other, copy)


def prove(database: Database, new_gemeente: Callable[[], str], how: settings) -> None:
    """Run the machine; one event loop and its connections serve all examples."""
    with asyncio.Runner() as runner:
        engine = db.engine_for(database.app_url)

        class InNewTown(HelpMachine):
            def __init__(self) -> None:
                town = RememberingTown(engine, new_gemeente())
                super().__init__(runner, town, new_gemeente())

        try:
            run_state_machine_as_test(InNewTown, settings=how)
        finally:
            runner.run(engine.dispose())


def test_whatever_a_municipality_does_its_books_are_sound(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, SHORT)


@pytest.mark.bewijs
def test_whatever_a_municipality_does_its_books_are_sound_for_long(
    database: Database, new_gemeente: Callable[[], str]
) -> None:
    prove(database, new_gemeente, LONG)
