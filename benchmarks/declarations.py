"""How fast a large declaration is read, checked, booked and answered.

``python -m benchmarks.declarations`` makes a municipality with allocations for help of three
months, a 323 with a line per month of each, and prints lines and entries per second against what
the books take in batches of the same size in the same run, with the memory of the program before
and after. ``--regels 10000`` is quicker.
"""

import argparse
import asyncio
import io
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db, migrate
from api.cli.main import collect_less_often
from api.clock import SystemClock, calendar_day
from api.messages import Office, take_in_declaration
from api.postgres import Server, erase, find_binaries, start
from benchmarks import bulk, workload
from benchmarks.machine import memory_kib
from benchmarks.workload import NOW, Ids
from domains.declarations.answering import write_answer
from domains.declarations.operations import CHUNK
from domains.districts.operations import import_districts
from domains.draws.model import DrawRequest, Payment
from domains.draws.operations import request_draws
from domains.families import operations as families
from domains.families.model import FamilyType
from domains.families.queries import family_budgets
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Actor, Instruction
from domains.messages.contents import passes_eleven_check
from domains.messages.model import PersonFacts
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from domains.persons.vault import Vault
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.providers.model import NewProvider, NewStanding, Quality
from domains.providers.operations import register_providers
from domains.readers.model import District
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from ledger import books
from ledger.entries import fingerprint

_DATABASE: Final = "declaraties"
_GEMEENTE: Final = "GM9003"
_WIJK: Final = "WK900301"
_PROVIDER: Final = "65656055"
_DAY: Final = date(2026, 5, 7)
_MEMBERS: Final = 10
_KINDS: Final = ("jeugdhulp-ambulant", "crisishulp-jeugd", "jeugdhulp-verblijf", "pleegzorg")
_MONTHS: Final = (
    ("2026-02-01", "2026-02-28"),
    ("2026-03-01", "2026-03-31"),
    ("2026-04-01", "2026-04-30"),
)
_LIST: Final = 200
_SOURCES: Final = ("JW",)
_CLOCK: Final = SystemClock()
_VAULT: Final = Vault(file="meting", master=bytes(32))
_CEILING: Final = 40_000
_SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB"}

Operation = Callable[[AsyncConnection, Instruction], Awaitable[tuple[UUID, ...]]]


def main() -> None:
    """Measure in a folder of our own, which is thrown away afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.declarations", description=__doc__)
    parser.add_argument("--regels", type=int, default=100_000)
    lines: int = parser.parse_args().regels
    collect_less_often()  # As the program itself does when it starts.
    folder = Path(tempfile.mkdtemp(prefix="ontschot-meting-", dir="/var/tmp"))
    folder.chmod(0o711)
    binaries = find_binaries(None)
    try:
        with start(folder, binaries, settings=_SETTINGS) as server:
            migrate.prepare_cluster(server.url, database=_DATABASE)
            migrate.migrate(server.url_of(_DATABASE, user=migrate.OWNER))
            asyncio.run(_measure(server, folder, lines=lines))
    finally:
        erase(folder, binaries)
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(server: Server, folder: Path, *, lines: int) -> None:
    engine = db.engine_for(server.url_of(_DATABASE, user=migrate.APP))
    began = time.perf_counter()
    bsns = await _town(engine, lines=lines)
    print(
        f"toewijzingen voor {lines} regels, gemaakt in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    file = folder / "declaratie.xml"
    with file.open("wb") as out:
        _write(out, bsns, lines=lines)
    print(f"bestand: {file.stat().st_size / 1e6:.0f} MB", flush=True)
    ceiling = await _ceiling(engine)
    before = memory_kib(os.getpid())
    told: list[tuple[int, float, int]] = []

    def tell(_what: str, done: int, _total: int) -> None:
        told.append((done, time.perf_counter(), memory_kib(os.getpid())))

    office = Office(
        engine=engine,
        clock=_CLOCK,
        actor=_instruction().actor,
        vault=_VAULT,
        schemas=None,
        tell=tell,
    )
    began = time.perf_counter()
    with file.open("rb") as read:
        message = await take_in_declaration(office, read, file_name=file.name, booking_date=_DAY)
    booked = time.perf_counter() - began
    answer = io.BytesIO()
    async with db.transaction(engine, _GEMEENTE) as connection:
        await write_answer(
            connection, gemeente=_GEMEENTE, vault=_VAULT, message=message.id, file=answer
        )
    took = time.perf_counter() - began
    assert (message.done, message.waiting) == (lines, 0), message
    entries = 2 * (lines - message.refused)
    first = told[0][1] - began
    speed = entries / took
    print(f"toegekend: {lines - message.refused}, afgewezen: {message.refused}")
    print(f"eerste gang (lezen en toetsen van het hele bestand): {first:.1f} s")
    print(f"boeken: {booked - first:.1f} s; antwoord: {took - booked:.1f} s")
    print(f"regels per seconde: {lines / took:.0f}")
    print(f"boekingen per seconde: {speed:.0f}")
    for under_way, found in ceiling.items():
        print(
            f"plafond van de boeken, partijen van {CHUNK}, {under_way} tegelijk: {found:.0f};"
            f" verhouding {speed / found:.2f} (minstens 0.25, streven 0.5)"
        )
    print(
        f"geheugen: vooraf {before // 1024} MB, na de eerste gang {told[0][2] // 1024} MB,"
        f" halverwege {told[len(told) // 2][2] // 1024} MB, aan het eind {told[-1][2] // 1024} MB"
    )
    await engine.dispose()


async def _ceiling(engine: AsyncEngine) -> dict[int, float]:
    """Measure what the books take in batches as large as a chunk, by how many are under way."""
    ids = Ids(source=random.Random(1))
    opened = await workload.open_books(engine, ids, accounts=2_000)
    found = {}
    for under_way in (1, bulk.UNDER_WAY):
        asked = workload.requests(opened, ids, _CEILING)
        found[under_way] = await bulk.posted(engine, asked, batch=CHUNK, under_way=under_way)
    return found


async def _town(engine: AsyncEngine, *, lines: int) -> list[str]:
    """Make a municipality with an allocation per line; gives the BSN of each, by its number."""
    async with db.transaction(engine, _GEMEENTE) as connection:
        await books.change_period(
            connection,
            gemeente=_GEMEENTE,
            from_date=date(2026, 1, 1),
            until_date=date(2027, 1, 1),
            is_open=True,
            actor="meting",
            reason="boekjaar",
            recorded_at=NOW,
        )
    await _prepare(engine)
    count = -(-lines // (_MEMBERS * len(_KINDS) * len(_MONTHS)))
    turns = asyncio.Semaphore(4)

    async def one() -> None:
        async with turns:
            await _family(engine)

    await asyncio.gather(*(one() for _ in range(count)))
    async with db.transaction(engine, _GEMEENTE) as connection:
        known = await family_budgets(connection, gemeente=_GEMEENTE)
    numbers = _test_numbers()
    persons = {
        member.person: (budget.id, next(numbers))
        for budget in known
        for member in budget.family.members
    }
    await _do(
        engine,
        lambda connection, instruction: register_persons(
            connection,
            instruction=instruction,
            vault=_VAULT,
            persons=[
                NewPerson(person=person, facts=PersonFacts(bsn=bsn))
                for person, (_, bsn) in persons.items()
            ],
        ),
    )
    asked = [
        DrawRequest(
            family_budget=budget,
            persons=(person,),
            kind=kind,
            from_date=date(2026, 2, 1),
            until_date=date(2026, 5, 1),
            amount_cents=180_00,
            payment=Payment.RESERVATION,
            provider=_PROVIDER,
            description="hulp",
            facts=(),
            reason="meting",
        )
        for person, (budget, _) in persons.items()
        for kind in _KINDS
    ]
    draws: list[UUID] = []
    for first in range(0, len(asked), _LIST):
        draws += await _do(
            engine,
            lambda connection, instruction, part=asked[first : first + _LIST]: request_draws(  # type: ignore[misc] # A default.
                connection, instruction=instruction, draws=part, booking_date=_DAY
            ),
        )
    await _allocate(engine, draws)
    return [bsn for _, bsn in persons.values()]


async def _prepare(engine: AsyncEngine) -> None:
    """Make what families and draws need: money, a district, a provider, a wide mandate."""
    wide = {"per_draw_cents": 10**12, "per_family_year_cents": 10**13}
    await _do(
        engine,
        lambda connection, instruction: decide_setting(
            connection,
            instruction=instruction,
            name=SettingName.MANDATES,
            value={"wijkteam": wide, "teamleider": wide, "budgethouder": wide},
            decision="besluit",
            valid_from=instruction.today,
        ),
    )
    await _do(
        engine,
        lambda connection, instruction: pooling.book_council_budget(
            connection,
            instruction=instruction,
            year=2026,
            lines=[
                CouncilLine(source=source, programme="P1", taakveld="6.3", amount_cents=10**12)
                for source in _SOURCES
            ],
            decision="raadsbesluit",
            booking_date=_DAY,
        ),
    )
    await _do(
        engine,
        lambda connection, instruction: import_districts(
            connection,
            instruction=instruction,
            districts=[District(code=_WIJK, name="Wijk", inhabitants=1, households=1)],
        ),
    )
    await _do(
        engine,
        lambda connection, instruction: pooling.fill_districts(
            connection,
            instruction=instruction,
            amounts={
                _WIJK: [
                    FundAmount(fund=f"{source}-2026", amount_cents=10**11) for source in _SOURCES
                ]
            },
            booking_date=_DAY,
            explanation="wijkbudget",
        ),
    )
    kind = FamilyType(code="gezin", name="Gezin", min_cents=1, norm_cents=10**6, max_cents=10**7)
    await _do(
        engine,
        lambda connection, instruction: families.set_family_types(
            connection, instruction=instruction, family_types=[kind], from_date=_DAY
        ),
    )
    standing = NewStanding(
        from_date=date(2020, 1, 1), quality=Quality.MEETS, is_barred=False, reason=""
    )
    await _do(
        engine,
        lambda connection, instruction: register_providers(
            connection,
            instruction=instruction,
            providers=[NewProvider(code=_PROVIDER, name="Aanbieder", standing=standing)],
        ),
    )


async def _family(engine: AsyncEngine) -> None:
    """Register a family of one and open its budget."""
    (family,) = await _do(
        engine,
        lambda connection, instruction: families.register_family(
            connection,
            instruction=instruction,
            wijk=_WIJK,
            family_type="gezin",
            team="team",
            is_complex=False,
            birth_dates=[date(2014, 3, 1 + number) for number in range(_MEMBERS)],
            from_date=date(2026, 1, 1),
        ),
    )
    await _do(
        engine,
        lambda connection, instruction: open_family_budget(
            connection,
            instruction=instruction,
            family=family,
            year=2026,
            amount_cents=None,
            reason="",
            booking_date=_DAY,
        ),
    )


async def _allocate(engine: AsyncEngine, draws: list[UUID]) -> None:
    """Give every draw out as a generic allocation, numbered in the order of the list."""
    async with db.transaction(engine, _GEMEENTE) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO domains.allocation SELECT draw.gemeente, 'jw', given.number, 1,"
            " draw.draw_id, draw.draw_id, 0, draw.persons[1], %s, '', '', '', NULL, '',"
            " draw.amount_cents, NULL, 'half-omhoog', draw.from_date, draw.until_date, '', '',"
            " draw.asked_at, draw.actor"
            " FROM unnest(%s::uuid[]) WITH ORDINALITY AS given (draw_id, number)"
            " JOIN domains.draw AS draw USING (draw_id) WHERE gemeente = %s",
            (_PROVIDER, draws, _GEMEENTE),
        )


def _write(out: BinaryIO, bsns: list[str], *, lines: int) -> None:
    """Write a 323 with a line per month of each allocation; one in a hundred does not fit."""
    own = "http://www.istandaarden.nl/ijw/3_2"
    total = sum(_cents(number) for number in range(1, lines + 1))
    out.write(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<j:Bericht xmlns:j="{own}/jw323/schema"'
        f' xmlns:i="{own}/basisschema/schema"><j:Header><j:BerichtCode>490</j:BerichtCode>'
        "<j:BerichtVersie>3</j:BerichtVersie><j:BerichtSubversie>2</j:BerichtSubversie>"
        f"<j:Afzender>{_PROVIDER}</j:Afzender><j:Ontvanger>{_GEMEENTE[2:]}</j:Ontvanger>"
        "<j:BerichtIdentificatie><i:Identificatie>1</i:Identificatie>"
        "<i:Dagtekening>2026-05-06</i:Dagtekening></j:BerichtIdentificatie><j:XsdVersie>"
        "<i:BasisschemaXsdVersie>1.0.0</i:BasisschemaXsdVersie>"
        "<i:BerichtXsdVersie>1.0.0</i:BerichtXsdVersie></j:XsdVersie></j:Header><j:Declaratie>"
        "<j:DeclaratieNummer>DN1</j:DeclaratieNummer><j:DeclaratiePeriode>"
        "<i:Begindatum>2026-04-01</i:Begindatum><i:Einddatum>2026-04-30</i:Einddatum>"
        "</j:DeclaratiePeriode><j:DeclaratieDagtekening>2026-05-06</j:DeclaratieDagtekening>"
        f"<j:TotaalIngediendBedrag><i:TotaalBedrag>{total}</i:TotaalBedrag>"
        "<i:DebetCredit>D</i:DebetCredit></j:TotaalIngediendBedrag><j:Clienten>\n".encode()
    )
    own_lines = len(_KINDS) * len(_MONTHS)
    for client in range(-(-lines // own_lines)):
        out.write(f"<j:Client><j:Bsn>{bsns[client]}</j:Bsn><j:Prestaties>\n".encode())
        until = min((client + 1) * own_lines, lines)
        out.writelines(
            _line(number).encode() for number in range(client * own_lines + 1, until + 1)
        )
        out.write(b"</j:Prestaties></j:Client>\n")
    out.write(b"</j:Clienten></j:Declaratie></j:Bericht>\n")


def _line(number: int) -> str:
    allocation, month = divmod(number - 1, len(_MONTHS))
    from_day, last_day = _MONTHS[month]
    return (
        "<j:Prestatie><j:ProductReferentie>"
        f"<i:ReferentieNummer>R{number}</i:ReferentieNummer></j:ProductReferentie>"
        f"<j:ToewijzingNummer>{allocation + 1}</j:ToewijzingNummer>"
        "<j:ProductCategorie>45</j:ProductCategorie><j:ProductCode>45A03</j:ProductCode>"
        f"<j:ProductPeriode><i:Begindatum>{from_day}</i:Begindatum>"
        f"<i:Einddatum>{last_day}</i:Einddatum></j:ProductPeriode>"
        "<j:GeleverdVolume>4</j:GeleverdVolume><j:Eenheid>04</j:Eenheid>"
        f"<j:ProductTarief>{_cents(number) // 4}</j:ProductTarief><j:IngediendBedrag>"
        f"<i:Bedrag>{_cents(number)}</i:Bedrag><i:DebetCredit>D</i:DebetCredit>"
        "</j:IngediendBedrag></j:Prestatie>\n"
    )


def _cents(number: int) -> int:
    return 200_00 if number % 100 == 0 else 50_00


def _test_numbers() -> Iterator[str]:
    """Give numbers that pass the 11-check and are nobody's."""
    return (bsn for number in range(100_000) if passes_eleven_check(bsn := f"9999{number:05d}"))


async def _do(engine: AsyncEngine, operation: Operation) -> tuple[UUID, ...]:
    return await db.run(engine, _GEMEENTE, lambda connection: operation(connection, _instruction()))


def _instruction() -> Instruction:
    key = str(_CLOCK.new_id())
    return Instruction(
        actor=Actor(
            subject="meting",
            client="meting",
            gemeente=_GEMEENTE,
            roles=frozenset({"budgethouder"}),
        ),
        key=key,
        fingerprint=fingerprint(key),
        at=NOW,
        today=calendar_day(NOW),
        new_id=_CLOCK.new_id,
        new_random_id=_CLOCK.new_random_id,
    )


if __name__ == "__main__":
    main()
