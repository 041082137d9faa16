"""The books as plain dictionaries: one request after the other, nothing clever.

What the real books answer must be what this model answers.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from uuid import UUID

from ledger import books
from ledger.accounts import Account
from ledger.entries import Booked, Entry, Outcome, PostingRequest, Refused
from ledger.money import MAX_CENTS
from ledger.refusals import Refusal

Group = tuple[Entry, ...]


@dataclass(slots=True, kw_only=True)
class Model:
    """What stands in the books of one municipality."""

    accounts: dict[UUID, Account] = field(default_factory=dict)
    balances: dict[UUID, int] = field(default_factory=dict)
    months: dict[tuple[UUID, date], tuple[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: (0, 0))
    )
    entries: dict[UUID, Entry] = field(default_factory=dict)
    links: dict[UUID, int] = field(default_factory=dict)
    reversals: dict[UUID, UUID] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[bytes, Outcome]] = field(default_factory=dict)
    periods: list[tuple[date, date, bool]] = field(default_factory=list)
    chain_number: int = 0

    def change_period(self, from_date: date, until_date: date, *, is_open: bool) -> int:
        """Open or close days; the last word on a day counts."""
        self.periods.append((from_date, until_date, is_open))
        self.chain_number += 1
        return self.chain_number

    def post(self, requests: Sequence[PostingRequest]) -> tuple[Outcome, ...]:
        """Answer requests one by one; their accounts are open from the start of the call.

        :raises FloorDiffers: an account exists with another floor; nothing was changed.
        """
        wrote = self._open([account for request in requests for account in request.accounts])
        number = self.chain_number + 1
        outcomes: list[Outcome] = []
        for request in requests:
            outcome = self._answer(request, number)
            outcomes.append(outcome)
            wrote = wrote or (not outcome.replayed and outcome.chain_number == number)
        if wrote:
            self.chain_number = number
        return tuple(outcomes)

    def judge(self, group: Group) -> Refusal | None:
        """Give the first reason against a group as the books stand now, or nothing."""
        for entry in group:
            wrong = self._form(entry)
            if wrong is not None:
                return wrong
        for place, entry in enumerate(group):
            wrong = self._reversal(entry, before=group[:place])
            if wrong is not None:
                return wrong
        return self._floor(group)

    def would_answer(self, request: PostingRequest) -> Outcome | None:
        """Give the answer to a request that would book nothing now; nothing if it would book."""
        known = self.answers.get((request.client, request.key))
        if known is not None:
            return self._known(request, *known)
        reasons = [self.judge(group) for group in request.groups]
        refused = tuple(Refused(refusal=reason) for reason in reasons if reason is not None)
        if request.results or len(refused) < len(reasons):
            return None
        return Outcome(chain_number=None, groups=refused)

    def is_open(self, day: date) -> bool | None:
        """Tell whether a day is open; nothing where it never was."""
        said = [is_open for start, end, is_open in self.periods if start <= day < end]
        return said[-1] if said else None

    def balance_on(self, account: UUID, on: date, *, known_up_to: int) -> int:
        """Add up an account's lines up to a date, as far as known at a link."""
        return sum(
            posting.amount_cents
            for entry in self.entries.values()
            if entry.booking_date <= on and self.links[entry.id] <= known_up_to
            for posting in entry.postings
            if posting.account == account
        )

    def statement(self, account: UUID) -> list[tuple[UUID, int, int]]:
        """List an account's lines by booking date: entry, cents, balance after it."""
        lines = [
            (entry, posting.amount_cents)
            for entry in sorted(self.entries.values(), key=lambda entry: entry.booking_date)
            for posting in entry.postings
            if posting.account == account
        ]
        sums = accumulate(cents for _, cents in lines)
        return [(entry.id, cents, sum_) for (entry, cents), sum_ in zip(lines, sums, strict=True)]

    def _open(self, asked: Sequence[Account]) -> bool:
        fresh: dict[UUID, Account] = {}
        for account in asked:
            known = self.accounts.get(account.id) or fresh.setdefault(account.id, account)
            if known.floor_cents != account.floor_cents:
                raise books.FloorDiffers
        self.accounts |= fresh
        self.balances |= dict.fromkeys(fresh, 0)
        return bool(fresh)

    def _answer(self, request: PostingRequest, number: int) -> Outcome:
        key = (request.client, request.key)
        if key in self.answers:
            return self._known(request, *self.answers[key])
        verdicts = tuple(self._try(group, number) for group in request.groups)
        if not request.results and not any(isinstance(verdict, Booked) for verdict in verdicts):
            return Outcome(chain_number=None, groups=verdicts)
        outcome = Outcome(chain_number=number, groups=verdicts, results=request.results)
        self.answers[key] = (request.fingerprint, outcome)
        return outcome

    def _known(self, request: PostingRequest, asked_before: bytes, outcome: Outcome) -> Outcome:
        if asked_before == request.fingerprint:
            return replace(outcome, replayed=True)
        refused = Refused(refusal=books.KeyReused())
        return Outcome(
            chain_number=None,
            groups=(refused,) * len(request.groups),
            refusal=books.KeyReused(),
        )

    def _try(self, group: Group, number: int) -> Booked | Refused:
        wrong = self.judge(group)
        if wrong is not None:
            return Refused(refusal=wrong)
        for entry in group:
            self.entries[entry.id] = entry
            self.links[entry.id] = number
            if entry.reverses is not None:
                self.reversals[entry.reverses] = entry.id
            for posting in entry.postings:
                self.balances[posting.account] += posting.amount_cents
                month = (posting.account, entry.booking_date.replace(day=1))
                debit, credit = self.months[month]
                self.months[month] = (
                    debit + max(posting.amount_cents, 0),
                    credit + max(-posting.amount_cents, 0),
                )
        return Booked(entries=tuple(entry.id for entry in group))

    def _form(self, entry: Entry) -> Refusal | None:
        name = str(entry.id)
        amounts = [posting.amount_cents for posting in entry.postings]
        if len(amounts) < 2:
            return books.TooFewLines(entry=name)
        if 0 in amounts:
            return books.ZeroAmount(entry=name)
        if any(abs(amount) > MAX_CENTS for amount in amounts):
            return books.AmountTooLarge(entry=name)
        unknown = {posting.account for posting in entry.postings} - self.accounts.keys()
        if unknown:
            return books.UnknownAccount(entry=name, account=min(str(one) for one in unknown))
        return self._balanced(entry) or self._dates(entry)

    def _balanced(self, entry: Entry) -> Refusal | None:
        in_books = {self.accounts[posting.account].book for posting in entry.postings}
        if len(in_books) > 1:
            return books.MixedBooks(entry=str(entry.id))
        sums: Counter[str] = Counter()
        for posting in entry.postings:
            sums[self.accounts[posting.account].colour] += posting.amount_cents
        for colour in sorted(sums):
            if sums[colour] != 0:
                return books.Unbalanced(
                    entry=str(entry.id),
                    book=in_books.pop(),
                    colour=colour,
                    difference_cents=sums[colour],
                )
        return None

    def _dates(self, entry: Entry) -> Refusal | None:
        name, day = str(entry.id), entry.booking_date.isoformat()
        first, last = entry.performance_from, entry.performance_until
        if (first is None) != (last is None) or (first and last and first >= last):
            return books.InvalidPerformancePeriod(entry=name)
        is_open = self.is_open(entry.booking_date)
        if is_open is None:
            return books.PeriodUnknown(entry=name, booking_date=day)
        return None if is_open else books.PeriodClosed(entry=name, booking_date=day)

    def _reversal(self, entry: Entry, *, before: Group) -> Refusal | None:
        if entry.reverses is None:
            return None
        name, reverses = str(entry.id), str(entry.reverses)
        target = self.entries.get(entry.reverses)
        if target is None:
            return books.UnknownEntry(entry=name, reverses=reverses)
        if target.id in self.reversals or any(one.reverses == target.id for one in before):
            return books.AlreadyReversed(entry=name, reverses=reverses)
        mirror = Counter((one.account, -one.amount_cents, one.basis) for one in target.postings)
        if mirror != Counter((one.account, one.amount_cents, one.basis) for one in entry.postings):
            return books.ReversalDiffers(entry=name, reverses=reverses)
        return None

    def _floor(self, group: Group) -> Refusal | None:
        changes: Counter[UUID] = Counter()
        for entry in group:
            for posting in entry.postings:
                changes[posting.account] += posting.amount_cents
        for account in sorted(changes):
            floor = self.accounts[account].floor_cents
            if floor is not None and self.balances[account] + changes[account] < floor:
                return books.BelowFloor(
                    account=str(account),
                    balance_cents=self.balances[account],
                    change_cents=changes[account],
                    floor_cents=floor,
                )
        return None
