"""Invented requests: plans without ids, and the writer that turns them into requests.

A plan is plain data, so Hypothesis can shrink it, and the same plan can be written for two
databases. Most of what is invented is sound; the rest is wrong in one way.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from ledger.accounts import Account, Book
from ledger.entries import Entry, Posting, PostingRequest, fingerprint
from ledger.money import MAX_CENTS
from tests.support.making import account, new_id

DAYS: Final = (
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 28),
    date(2026, 3, 15),
)
WRONG: Final = (
    "one line",
    "zero",
    "giant",
    "unknown account",
    "two books",
    "unbalanced",
    "colours crossed",
    "performance",
)
_COLOURS: Final = ("JW-2026", "WMO-2026")
_ROOMS: Final = 4


def catalogue(gemeente: str) -> tuple[Account, ...]:
    """Name the accounts that invented entries use: per colour a source and rooms with a floor."""
    found = [account(gemeente, "4000", book=Book.LASTEN)]
    for colour in _COLOURS:
        found.append(account(gemeente, "0100", colour=colour))
        found += [
            account(gemeente, f"011{place}", colour=colour, floor_cents=-500 * (place == 0))
            for place in range(_ROOMS - 1)
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Cents of one colour from one place to another; place 0 has no floor."""

    colour: int
    giver: int
    taker: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """An entry of moves, or the reversal of an entry that was invented before."""

    moves: tuple[Move, ...]
    day: int
    wrong: str | None
    reverses: int | None
    mirrored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPlan:
    """A new request, or an earlier one again (``again`` counts back from the last)."""

    key: int
    content: int
    groups: tuple[tuple[EntryPlan, ...], ...]
    opens: tuple[int, ...] = ()
    has_results: bool = False
    again: int | None = None


moves = st.builds(
    Move,
    colour=st.sampled_from((0, 0, 1)),
    giver=st.sampled_from((0, 0, 1, 2, 3)),
    taker=st.integers(0, _ROOMS - 1),
    cents=st.sampled_from((1, 10, 100, 250, 499, 500, 501, 1_000)),
)
entry_plans = st.builds(
    EntryPlan,
    moves=st.lists(moves, min_size=1, max_size=2).map(tuple),
    day=st.sampled_from((3, 3, 3, 4, 5, 2, 1, 0)),
    wrong=st.one_of(*(st.none(),) * 7, st.sampled_from(WRONG)),
    reverses=st.one_of(st.none(), st.none(), st.integers(0, 5)),
    mirrored=st.sampled_from((True, True, True, False)),
)
group_plans = st.lists(entry_plans, min_size=1, max_size=2).map(tuple)
request_plans = st.builds(
    RequestPlan,
    key=st.integers(0, 40),
    content=st.sampled_from((0, 0, 0, 1)),
    groups=st.lists(group_plans, max_size=3).map(tuple),
    opens=st.lists(st.integers(0, 2 * _ROOMS), max_size=2).map(tuple),
    has_results=st.sampled_from((False, False, True)),
    again=st.one_of(st.none(), st.none(), st.none(), st.integers(0, 8)),
)
calls = st.lists(request_plans, min_size=1, max_size=6)


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes plans as requests for one municipality, and remembers them."""

    gemeente: str
    requests: list[PostingRequest] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def request(self, plan: RequestPlan) -> PostingRequest:
        """Write a request; an earlier one again is exactly what it was."""
        if plan.again is not None and self.requests:
            return self.requests[-1 - plan.again % len(self.requests)]
        groups = tuple(tuple(self._entry(entry) for entry in group) for group in plan.groups)
        places = catalogue(self.gemeente)
        made = PostingRequest(
            client=f"proef-{plan.key % 2}",
            key=f"sleutel-{plan.key}",
            actor="tester",
            fingerprint=fingerprint(f"{plan.key} {plan.content}"),
            groups=groups,
            accounts=tuple(places[index] for index in plan.opens),
            results=(new_id(),) if plan.has_results else (),
        )
        self.requests.append(made)
        return made

    def _entry(self, plan: EntryPlan) -> Entry:
        target = None
        if plan.reverses is not None and self.entries:
            target = self.entries[-1 - plan.reverses % len(self.entries)]
        if target is not None and plan.mirrored:
            lines = [
                Posting(account=one.account, amount_cents=-one.amount_cents, basis=one.basis)
                for one in reversed(target.postings)
            ]
        else:
            lines = [line for move in plan.moves for line in self._lines(move)]
        spoilt = plan.wrong == "performance"
        made = Entry(
            id=new_id(),
            booking_date=DAYS[plan.day],
            kind="proef",
            description="Invented — één €",
            postings=tuple(self._spoil(lines, plan.wrong)),
            performance_from=DAYS[4] if spoilt else None,
            performance_until=DAYS[2] if spoilt else None,
            reverses=None if target is None else target.id,
            metadata=(("é", "waarde"), ("a", str(plan.day))),
        )
        self.entries.append(made)
        return made

    def _lines(self, move: Move) -> tuple[Posting, Posting]:
        return (
            Posting(account=self._place(move.colour, move.giver), amount_cents=-move.cents),
            Posting(
                account=self._place(move.colour, move.taker), amount_cents=move.cents, basis="E35"
            ),
        )

    def _place(self, colour: int, place: int) -> UUID:
        return catalogue(self.gemeente)[1 + colour * _ROOMS + place].id

    def _spoil(self, lines: list[Posting], wrong: str | None) -> list[Posting]:
        """Make lines wrong in one way."""
        first, *rest = lines
        cents = {"zero": 0, "giant": -MAX_CENTS - 1, "unbalanced": first.amount_cents - 1}
        places = {
            "unknown account": UUID(int=0),
            "two books": catalogue(self.gemeente)[0].id,
            "colours crossed": self._place(1, 0),
        }
        if wrong == "one line":
            return [first]
        return [
            Posting(
                account=places.get(wrong or "", first.account),
                amount_cents=cents.get(wrong or "", first.amount_cents),
                basis=first.basis,
            ),
            *rest,
        ]
