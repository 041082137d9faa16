"""Checks the books a second time in plain Python, so that the checker is checked as well.

Slow and obvious: it walks the chain from the first link to the last with every row in its hands,
keeps balances the way a bookkeeper would, and shares no sum and no text with the checker in SQL or
with the posting function. Memory grows with the accounts, not with the entries.
"""

from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

from ledger import independent_texts as texts
from ledger.accounts import Account, Book
from ledger.findings import Finding, Report, found_by

_Row: TypeAlias = Any

_AT_ONCE: Final = 1_000
"""Rows of one table that are held in memory."""

_TABLES: Final = {
    "link": "chain_number, recorded_at, accounts, periods, entries, requests, hash",
    "account": "chain_number, account_id, book, code, colour, CAST(dimensions AS text) AS"
    " dimensions, floor_cents",
    "period_change": "chain_number, from_date, until_date, is_open, actor, reason, open_until",
    "entry": "chain_number, position, request_number, group_number, entry_id, booking_date,"
    " performance_from, performance_until, recorded_at, actor, kind, description, document,"
    " decision, rule_version, reverses, CAST(metadata AS text) AS metadata, content_hash",
    "posting": "chain_number, position, line, account_id, booking_date, amount_cents, basis",
    "request": "chain_number, request_number, client, key, fingerprint, actor, verdicts, results",
}
_ORDER: Final = {
    "link": "chain_number",
    "account": "chain_number, account_id",
    "period_change": "chain_number",
    "entry": "chain_number, position",
    "posting": "chain_number, position, line",
    "request": "chain_number, request_number",
}


async def check(
    connection: AsyncConnection,
    *,
    gemeente: str,
    progress: Callable[[str, int, int], None] | None,
) -> Report:
    """Check the books of one gemeente by walking its chain; the findings are the checker's own.

    :raises ValueError: the database transaction is for another gemeente.
    """
    sees = await connection.execute(
        text(
            "SELECT NOT row_security_active('ledger.entry')"
            " OR coalesce(current_setting('ontschot.gemeente', true), '') = :gemeente"
            " AND coalesce(current_setting('ontschot.teams', true), '') = '*'"
        ),
        {"gemeente": gemeente},
    )
    if not sees.scalar_one():
        raise ValueError(f"this database transaction does not see the rows of {gemeente}")
    walk = _Walk(connection, gemeente)
    await walk.load_accounts()
    streams = {table: await _Stream.of(connection, gemeente, table) for table in _TABLES}
    size = await connection.execute(
        text("SELECT count(*) FROM ledger.entry WHERE gemeente = :gemeente"),
        {"gemeente": gemeente},
    )
    total = int(size.scalar_one())
    while numbers := [s.number for s in streams.values() if s.number is not None]:
        number = min(numbers)
        await walk.one_link(number, {name: await s.take(number) for name, s in streams.items()})
        if progress is not None:
            progress("boekingen", walk.entries, total)
    await walk.compare_balances()
    await walk.compare_months()
    await walk.compare_head()
    await walk.find_twins()
    return Report(
        gemeente=gemeente,
        chain_number=walk.last_number,
        entries=walk.entries,
        findings=tuple(walk.findings),
    )


class _Stream:
    """The rows of one table in the order of the chain, read little by little."""

    def __init__(self, rows: AsyncResult[Any]) -> None:
        self._rows = rows
        self._read: deque[_Row] = deque()

    @classmethod
    async def of(cls, connection: AsyncConnection, gemeente: str, table: str) -> "_Stream":
        """Open the stream of a table and read its first row."""
        rows = await connection.stream(
            text(
                f"SELECT {_TABLES[table]} FROM ledger.{table}"
                f" WHERE gemeente = :gemeente ORDER BY {_ORDER[table]}"
            ),
            {"gemeente": gemeente},
        )
        stream = cls(rows)
        await stream._read_on()
        return stream

    @property
    def number(self) -> int | None:
        """Give the chain number of the next row, or nothing at the end."""
        return int(self._read[0].chain_number) if self._read else None

    async def take(self, number: int) -> list[_Row]:
        """Take the rows of one link."""
        taken = []
        while self.number == number:
            taken.append(self._read.popleft())
            if not self._read:
                await self._read_on()
        return taken

    async def _read_on(self) -> None:
        self._read.extend(await self._rows.fetchmany(_AT_ONCE))


class _Walk:
    """Where the walk is, and what follows from all that it passed."""

    def __init__(self, connection: AsyncConnection, gemeente: str) -> None:
        self.findings: list[Finding] = []
        self.entries = 0
        self.last_number = 0
        self._connection = connection
        self._gemeente = gemeente
        self._last_hash = texts.first_hash(gemeente)
        self._accounts: dict[UUID, _Row] = {}
        self._balances: defaultdict[UUID, int] = defaultdict(int)
        self._months: defaultdict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0])
        self._sank: set[UUID] = set()
        self._periods: list[_Row] = []

    async def load_accounts(self) -> None:
        """Read every account and derive its number again."""
        for row in await self._rows(
            "SELECT account_id, book, code, colour, CAST(dimensions AS text) AS dimensions,"
            " floor_cents, chain_number FROM ledger.account WHERE gemeente = :gemeente"
        ):
            self._accounts[row.account_id] = row
            account = Account(
                gemeente=self._gemeente,
                book=cast("Book", row.book),  # Also a book that does not exist is a finding.
                code=row.code,
                colour=row.colour,
                dimensions=tuple(texts.pairs(row.dimensions)),
            )
            if account.id != row.account_id:
                self._tell(
                    "rekening-nummer",
                    row.chain_number,
                    account=row.account_id,
                    expected=str(account.id),
                    found=str(row.account_id),
                )

    async def one_link(self, number: int, rows: dict[str, list[_Row]]) -> None:
        """Check one link with all that belongs to it, and book it."""
        before = self.last_number, self._last_hash
        for link in rows["link"]:
            self._check_link(link, before, rows)
        if not rows["link"]:
            self._tell_orphans(number, rows)
        lines: defaultdict[int, list[_Row]] = defaultdict(list)
        for line in rows["posting"]:
            lines[line.position].append(line)
        requests = {request.request_number: request for request in rows["request"]}
        for place, entry in enumerate(rows["entry"], 1):
            self.entries += 1
            self._check_content(entry, lines[entry.position], place)
            self._check_company(entry, rows["link"], requests.get(entry.request_number))
            self._check_period(entry)
            if entry.reverses is not None:
                await self._check_reversal(entry, lines[entry.position])
        entries = {entry.position: entry for entry in rows["entry"]}
        for position, its_lines in sorted(lines.items()):
            self._check_lines(number, position, entries.get(position), its_lines)
        groups: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for entry in rows["entry"]:
            groups[entry.request_number][entry.group_number] += 1
        for request in rows["request"]:
            self._check_request(request, groups[request.request_number])
        self._book(number, entries, rows["posting"])
        self._periods += rows["period_change"]

    def _check_link(
        self, link: _Row, before: tuple[int, bytes], rows: dict[str, list[_Row]]
    ) -> None:
        number, (last_number, last_hash) = link.chain_number, before
        for column, kind, table in (
            ("accounts", "rekeningen", "account"),
            ("periods", "periodewijzigingen", "period_change"),
            ("entries", "boekingen", "entry"),
            ("requests", "opdrachten", "request"),
        ):
            told, there = str(getattr(link, column)), str(len(rows[table]))
            if told != there:
                self._tell("schakel-aantal", number, detail=kind, expected=told, found=there)
        right, kept = texts.link_hash(self._gemeente, link, last_hash, rows), bytes(link.hash)
        if number != last_number + 1:
            self._tell("schakel-ontbreekt", number, expected=f"{last_number + 1} t/m {number - 1}")
        elif right != kept:
            self._tell("schakel-hash", number, expected=right.hex(), found=kept.hex())
        self.last_number, self._last_hash = number, kept

    def _tell_orphans(self, number: int, rows: dict[str, list[_Row]]) -> None:
        for row in rows["account"]:
            self._tell("rij-zonder-schakel", number, account=row.account_id, detail="rekening")
        for _ in rows["period_change"]:
            self._tell("rij-zonder-schakel", number, detail="periodewijziging")
        for row in rows["request"]:
            self._tell("rij-zonder-schakel", number, detail=f"opdracht {row.request_number}")
        for row in rows["entry"]:
            self._tell("rij-zonder-schakel", number, entry=row.entry_id, detail="boeking")

    def _check_content(self, entry: _Row, lines: Sequence[_Row], place: int) -> None:
        number, name = entry.chain_number, entry.entry_id
        right = texts.entry_hash(self._gemeente, entry, lines)
        if right != entry.content_hash:
            found = bytes(entry.content_hash).hex()
            self._tell("boeking-hash", number, name, expected=right.hex(), found=found)
        numbers = [line.line for line in lines]
        wanted = max(2, len(lines))
        if numbers != list(range(1, wanted + 1)):
            found = ", ".join(map(str, numbers)) or "geen"
            self._tell("boeking-regels", number, name, expected=f"1 t/m {wanted}", found=found)
        if entry.position != place:
            self._tell(
                "boeking-positie", number, name, expected=str(place), found=str(entry.position)
            )
        start, end = entry.performance_from, entry.performance_until
        if (start is None) != (end is None) or (start is not None and start >= end):
            self._tell(
                "prestatieperiode-ongeldig", number, name, found=f"{start or '?'} tot {end or '?'}"
            )

    def _check_company(self, entry: _Row, links: Sequence[_Row], request: _Row) -> None:
        number, name = entry.chain_number, entry.entry_id
        for link in links:
            if link.recorded_at != entry.recorded_at:
                self._tell(
                    "boeking-moment",
                    number,
                    name,
                    expected=texts.moment(link.recorded_at),
                    found=texts.moment(entry.recorded_at),
                )
        if request is None:
            self._tell("boeking-zonder-opdracht", number, name)
        elif request.actor != entry.actor:
            self._tell("boeking-actor", number, name, expected=request.actor, found=entry.actor)

    def _check_period(self, entry: _Row) -> None:
        for change in reversed(self._periods):
            if change.from_date <= entry.booking_date < change.until_date:
                moment = change.open_until
                if change.is_open and (moment is None or entry.recorded_at < moment):
                    return
                state = "gesloten"
                break
        else:
            state = "nooit geopend"
        self._tell(
            "periode-niet-open",
            entry.chain_number,
            entry.entry_id,
            detail=str(entry.booking_date),
            expected="open",
            found=state,
        )

    async def _check_reversal(self, entry: _Row, lines: Sequence[_Row]) -> None:
        number, name, target_id = entry.chain_number, entry.entry_id, str(entry.reverses)
        targets = await self._rows(
            "SELECT chain_number, position FROM ledger.entry"
            " WHERE gemeente = :gemeente AND entry_id = :id",
            {"id": entry.reverses},
        )
        if not targets:
            self._tell("tegenboeking-onbekend", number, name, detail=target_id)
        for target in targets:
            if (target.chain_number, target.position) >= (number, entry.position):
                self._tell("tegenboeking-te-vroeg", number, name, detail=target_id)
            mirrored = await self._rows(
                "SELECT account_id, amount_cents, basis FROM ledger.posting WHERE"
                " gemeente = :gemeente AND chain_number = :number AND position = :position",
                {"number": target.chain_number, "position": target.position},
            )
            ours = sorted((line.account_id, line.amount_cents, line.basis) for line in lines)
            theirs = sorted((line.account_id, -line.amount_cents, line.basis) for line in mirrored)
            if ours != theirs:
                self._tell("tegenboeking-wijkt-af", number, name, detail=target_id)

    def _check_lines(self, number: int, position: int, entry: _Row, lines: Sequence[_Row]) -> None:
        name = None if entry is None else entry.entry_id
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for line in lines:
            told, account = f"regel {line.line}", self._accounts.get(line.account_id)
            if entry is None:
                place = f"{told} op plaats {position}"
                self._tell("regel-zonder-boeking", number, account=line.account_id, detail=place)
            elif line.booking_date != entry.booking_date:
                self._tell(
                    "regel-boekdatum",
                    number,
                    name,
                    account=line.account_id,
                    detail=told,
                    expected=str(entry.booking_date),
                    found=str(line.booking_date),
                )
            if account is None:
                self._tell(
                    "regel-zonder-rekening", number, name, account=line.account_id, detail=told
                )
            else:
                sums[account.book, account.colour] += line.amount_cents
        books = sorted({book for book, _ in sums})
        if len(books) > 1:
            self._tell("meer-dan-een-boek", number, name, found=f"{books[0]} en {books[-1]}")
        for (book, colour), cents in sums.items():
            if cents != 0:
                where = f"middel {colour} in boek {book}"
                self._tell(
                    "niet-in-evenwicht", number, name, detail=where, expected="0", found=str(cents)
                )

    def _check_request(self, request: _Row, groups: Counter[int]) -> None:
        number, name = request.chain_number, f"opdracht {request.request_number}"
        booked = [groups[group] for group in sorted(groups)]
        answered = texts.sizes(request.verdicts)
        if answered is None:
            self._tell("opdracht-onleesbaar", number, detail=name, found=request.verdicts)
        elif answered != booked:
            self._tell(
                "opdracht-boekingen",
                number,
                detail=name,
                expected=", ".join(map(str, answered)),
                found=", ".join(map(str, booked)),
            )
        elif not booked and not request.results:
            self._tell("opdracht-leeg", number, detail=name)

    def _book(self, number: int, entries: dict[int, _Row], lines: Iterable[_Row]) -> None:
        """Add the lines to balances and months, group by group, and watch the floors."""
        groups: defaultdict[int, list[_Row]] = defaultdict(list)
        for line in lines:
            entry = entries.get(line.position)
            groups[0 if entry is None else entry.group_number].append(line)
        for _, its_lines in sorted(groups.items()):
            for line in its_lines:
                self._balances[line.account_id] += line.amount_cents
                month = self._months[line.account_id, line.booking_date.replace(day=1)]
                month[line.amount_cents < 0] += abs(line.amount_cents)
            for name in sorted({line.account_id for line in its_lines} - self._sank):
                account, cents = self._accounts.get(name), self._balances[name]
                if account is None or account.floor_cents is None or cents >= account.floor_cents:
                    continue
                self._sank.add(name)
                self._tell(
                    "onder-ondergrens",
                    number,
                    account=name,
                    expected=str(account.floor_cents),
                    found=str(cents),
                )

    async def compare_balances(self) -> None:
        """Compare the balances that are kept with those of the walk."""
        missing = set(self._accounts)
        for row in await self._rows(
            "SELECT account_id, balance_cents, floor_cents FROM ledger.balance"
            " WHERE gemeente = :gemeente"
        ):
            name, account = row.account_id, self._accounts.get(row.account_id)
            missing.discard(name)
            right, kept = str(self._balances[name]), str(row.balance_cents)
            if right != kept:
                self._tell("saldo", account=name, expected=right, found=kept)
            if account is None:
                self._tell("saldo-zonder-rekening", account=name)
            elif account.floor_cents != row.floor_cents:
                self._tell(
                    "ondergrens",
                    account=name,
                    expected=texts.or_none(account.floor_cents),
                    found=texts.or_none(row.floor_cents),
                )
        for name in sorted(missing):
            self._tell("saldo-ontbreekt", account=name, expected=str(self._balances[name]))

    async def compare_months(self) -> None:
        """Compare the month totals that are kept with those of the walk."""
        kept: defaultdict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0])
        balances = await self._rows(
            "SELECT account_id, last_month, month_debit_cents, month_credit_cents"
            " FROM ledger.balance WHERE gemeente = :gemeente"
        )
        totals = await self._rows(
            "SELECT account_id, month, debit_cents, credit_cents FROM ledger.month_total"
            " WHERE gemeente = :gemeente"
        )
        for name, month, debit, credit in (*balances, *totals):
            if month is not None:
                sides = kept[name, month]
                sides[0] += debit
                sides[1] += credit
        for name, month in {**self._months, **kept}:
            right = self._months.get((name, month), (None, None))
            self._compare_month(name, month, right, kept.get((name, month), (None, None)))
        last: dict[UUID, date] = {}
        for name, month in self._months:
            last[name] = max(month, last.get(name, month))
        for row in balances:
            if row.last_month != last.get(row.account_id):
                self._tell(
                    "laatste-maand",
                    account=row.account_id,
                    expected=texts.or_none(last.get(row.account_id)),
                    found=texts.or_none(row.last_month),
                )

    def _compare_month(
        self, name: UUID, month: date, right: Sequence[int | None], kept: Sequence[int | None]
    ) -> None:
        for side, expected, found in zip(("debet", "credit"), right, kept, strict=True):
            if expected != found:
                self._tell(
                    "maandtotaal",
                    account=name,
                    detail=f"{side} van {month:%Y-%m}",
                    expected=texts.or_none(expected),
                    found=texts.or_none(found),
                )

    async def compare_head(self) -> None:
        """Compare the head of the chain with the last link of the walk."""
        heads = await self._rows(
            "SELECT chain_number, hash FROM ledger.chain_head WHERE gemeente = :gemeente"
        )
        links = await self._rows(
            "SELECT chain_number, hash FROM ledger.link WHERE gemeente = :gemeente"
            " ORDER BY chain_number DESC LIMIT 1"
        )
        start = (0, texts.first_hash(self._gemeente))
        last = (links[0].chain_number, bytes(links[0].hash)) if links else start
        right = f"{last[0]} {last[1].hex()}"
        for head in heads:
            kept = f"{head.chain_number} {bytes(head.hash).hex()}"
            if kept != right:
                self._tell("ketenkop", expected=right, found=kept)
        if links and not heads:
            self._tell("ketenkop", expected=right)

    async def find_twins(self) -> None:
        """Find rows that stand there twice although their key may exist once."""
        async for (number,), times in self._twins("link", "chain_number"):
            self._tell("dubbele-rij", number, detail="de schakel", expected="1", found=times)
        async for _, times in self._twins("chain_head", "gemeente"):
            self._tell("dubbele-rij", detail="de kop van de keten", expected="1", found=times)
        async for (name,), times in self._twins("balance", "account_id"):
            self._tell("dubbele-rij", account=name, detail="het saldo", expected="1", found=times)
        async for (name, month), times in self._twins("month_total", "account_id, month"):
            what = f"het maandtotaal van {month:%Y-%m}"
            self._tell("dubbele-rij", account=name, detail=what, expected="1", found=times)
        async for (client, key), times in self._twins("request", "client, key"):
            what = f"sleutel {key} van {client}"
            self._tell("dubbele-rij", detail=what, expected="1", found=times)
        async for (name,), times in self._twins("entry", "entry_id"):
            self._tell("dubbele-rij", entry=name, detail="de boeking", expected="1", found=times)
        await self._find_second_reversals()

    async def _twins(self, table: str, key: str) -> AsyncIterator[tuple[tuple[Any, ...], str]]:
        """Walk over the keys of a table in order and give those that come more than once."""
        rows = await self._connection.stream(
            text(f"SELECT {key} FROM ledger.{table} WHERE gemeente = :gemeente ORDER BY {key}"),
            {"gemeente": self._gemeente},
        )
        last, times = None, 0
        async for some in rows.partitions(_AT_ONCE):
            for row in some:
                if tuple(row) == last:
                    times += 1
                    continue
                if last is not None and times > 1:
                    yield last, str(times)
                last, times = tuple(row), 1
        if last is not None and times > 1:
            yield last, str(times)

    async def _find_second_reversals(self) -> None:
        rows = await self._connection.stream(
            text(
                "SELECT reverses, chain_number, entry_id FROM ledger.entry WHERE"
                " gemeente = :gemeente AND reverses IS NOT NULL"
                " ORDER BY reverses, chain_number, position"
            ),
            {"gemeente": self._gemeente},
        )
        last = None
        async for reverses, number, name in rows:
            if reverses == last:
                self._tell("tegenboeking-dubbel", number, name, detail=str(reverses))
            last = reverses

    def _tell(
        self,
        kind: str,
        number: int | None = None,
        entry: UUID | None = None,
        *,
        account: UUID | None = None,
        detail: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        """Keep a finding."""
        self.findings.append(
            found_by(
                kind,
                self._gemeente,
                chain_number=number,
                entry=entry,
                account=account,
                detail=detail,
                expected=expected,
                found=found,
            )
        )

    async def _rows(
        self, sql: str, values: Mapping[str, object] = MappingProxyType({})
    ) -> Sequence[_Row]:
        """Read a small answer at once."""
        found = await self._connection.execute(text(sql), {"gemeente": self._gemeente, **values})
        return found.all()
