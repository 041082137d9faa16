"""Walks one euro through the real books and keeps what every step did.

The clock stands still and the ids follow from a seed, so the walk is the same on every run.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import db
from api.clock import FixedClock
from domains import checks
from domains.budgets.queries import FundStanding, standings
from domains.districts.operations import import_districts
from domains.draws.operations import request_draws
from domains.draws.queries import Draw, draws, standing_parts
from domains.families import operations as families
from domains.families.model import Family, FamilyType
from domains.families.queries import families as read_families
from domains.family_budgets.operations import open_family_budget
from domains.instruction import Actor, Instruction
from domains.payers import operations as payers
from domains.payers.model import Acceptance, PayerItem
from domains.payers.queries import payer_item
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.readers.model import District
from domains.settings.model import SettingName
from domains.settings.operations import decide_setting
from ledger import balances, books, checker
from ledger.balances import JournalEntry
from ledger.entries import fingerprint
from ledger.findings import Report
from ledger.money import write
from tests.walk.draws import ARREARS, GUIDANCE, HOME, RENT, TREATMENT, YEAR, Help

GEMEENTE: Final = "GM0344"
WIJK: Final = "WK034401"
PROGRAMME: Final = "Sociaal domein"
JANUARY: Final = date(YEAR, 1, 2)

_START: Final = datetime(YEAR, 1, 2, 9, tzinfo=UTC)
_EVERYTHING: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How the step is asked for over HTTP."""

    path: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step was, what it wrote, and where the money was after it."""

    title: str
    story: str
    calls: tuple[Call, ...]
    entries: tuple[JournalEntry, ...]
    standings: tuple[FundStanding, ...]
    draw: Draw | None = None
    item: PayerItem | None = None
    """The open payer item that the step settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The whole walk, with the chain and the check at its end."""

    family: Family
    steps: tuple[Step, ...]
    links: int
    report: Report
    decisions: checks.Decisions


class Walker:
    """Takes the steps of the worked example, one after the other."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._clock = FixedClock(_START, seed=YEAR)
        self._number = 0
        self._steps: list[Step] = []
        self._after = (0, 0)

    async def walk(self) -> Walk:
        """Take all steps."""
        await self._prepare()
        await self._council()
        await self._district()
        family_id, budget_id = await self._family()
        family = await self._read_family(family_id)
        by_age = sorted(family.members, key=lambda each: each.birth_date)
        members = tuple(member.person for member in by_age)
        for asked in (ARREARS, GUIDANCE, RENT, HOME):
            await self._draw(asked, budget_id, members)
        await self._settlement(await self._treatment(budget_id, members))
        async with db.transaction(self._engine, GEMEENTE) as connection:
            links = await balances.last_link(connection, gemeente=GEMEENTE)
            report = await checker.check(connection, gemeente=GEMEENTE, progress=None)
            decisions = await checks.check(connection, gemeente=GEMEENTE)
        return Walk(
            family=family,
            steps=tuple(self._steps),
            links=links,
            report=report,
            decisions=decisions,
        )

    async def _prepare(self) -> None:
        """Open the year, and make the district and the family type known: no money moves yet."""
        async with db.transaction(self._engine, GEMEENTE) as connection:
            await books.change_period(
                connection,
                gemeente=GEMEENTE,
                from_date=date(YEAR, 1, 1),
                until_date=date(YEAR + 1, 1, 1),
                is_open=True,
                actor="financieel",
                reason=_OPENED,
                recorded_at=self._clock.now(),
            )
        await self._do(
            lambda connection, instruction: import_districts(
                connection,
                instruction=instruction,
                districts=[_WIJK],
            )
        )
        await self._do(
            lambda connection, instruction: families.set_family_types(
                connection,
                instruction=instruction,
                family_types=[_TYPE],
                from_date=date(YEAR, 1, 1),
            )
        )

    async def _council(self) -> None:
        await self._do(
            lambda connection, instruction: pooling.book_council_budget(
                connection,
                instruction=instruction,
                year=YEAR,
                lines=_COUNCIL,
                decision=_DECISION,
                booking_date=JANUARY,
            )
        )
        await self._do(
            lambda connection, instruction: pooling.set_complex_reserve(
                connection,
                instruction=instruction,
                amounts=[_RESERVE],
                booking_date=JANUARY,
            )
        )
        await self._keep(
            title="De raad stelt de begroting vast",
            story="De raad geeft vier bronnen geld: JW, WMO, SHV en ARM. Elke bron wordt een"
            " middel, de kleur die een euro nooit meer verliest. Van JW blijft € 50.000,00 apart"
            " voor de meest complexe gezinnen.",
            calls=(
                _call(
                    "/v1/boekingsperioden",
                    van=f"{YEAR}-01-01",
                    totEnMet=f"{YEAR}-12-31",
                    open=True,
                    reden=_OPENED,
                ),
                _call(
                    "/v1/begrotingen",
                    jaar=YEAR,
                    boekdatum=str(JANUARY),
                    besluit=_DECISION,
                    regels=[
                        {
                            "bron": line.source,
                            "programma": line.programme,
                            "taakveld": line.taakveld,
                            "bedrag": _euro(line.amount_cents),
                        }
                        for line in _COUNCIL
                    ],
                ),
                _call(
                    "/v1/complexreserves",
                    boekdatum=str(JANUARY),
                    bedragen=[_of_fund(_RESERVE)],
                ),
            ),
        )

    async def _district(self) -> None:
        await self._do(
            lambda connection, instruction: pooling.fill_districts(
                connection,
                instruction=instruction,
                amounts={WIJK: _DISTRICT},
                booking_date=JANUARY,
                explanation=f"Wijkbudget {WIJK}",
            )
        )
        await self._keep(
            title="De wijk krijgt haar budget",
            story=f"Wijk {WIJK} krijgt van elk middel een deel, samen € 320.000,00. Het wijkteam"
            " ziet één bedrag; in de boeken houdt elke euro zijn middel.",
            calls=(
                _call(
                    "/v1/wijken",
                    wijken=[
                        {
                            "code": WIJK,
                            "naam": _WIJK.name,
                            "inwoners": _WIJK.inhabitants,
                            "huishoudens": _WIJK.households,
                        }
                    ],
                ),
                _call(
                    "/v1/wijkbudgetten",
                    boekdatum=str(JANUARY),
                    toelichting=f"Wijkbudget {WIJK}",
                    wijken=[{"wijk": WIJK, "bedragen": [_of_fund(each) for each in _DISTRICT]}],
                ),
            ),
        )

    async def _family(self) -> tuple[UUID, UUID]:
        (family_id,) = await self._do(
            lambda connection, instruction: families.register_family(
                connection,
                instruction=instruction,
                wijk=WIJK,
                family_type=_TYPE.code,
                team=_TEAM,
                is_complex=False,
                birth_dates=_BIRTH_DATES,
                from_date=date(YEAR, 1, 1),
            )
        )
        budget_id, _ = await self._do(
            lambda connection, instruction: open_family_budget(
                connection,
                instruction=instruction,
                family=family_id,
                year=YEAR,
                amount_cents=None,
                reason="",
                booking_date=JANUARY,
            )
        )
        await self._keep(
            title="Het gezin krijgt een vast bedrag",
            story="Een ouder (1982) en een jongere (15 mei 2008). Hun gezinstype geeft een vast"
            " bedrag van € 18.000,00. Het komt uit de middelen van de wijk, naar rato van wat elk"
            " middel daar vrij heeft.",
            calls=(
                _call(
                    "/v1/gezinstypen",
                    gezinstypen=[
                        {
                            "code": _TYPE.code,
                            "naam": _TYPE.name,
                            "minimum": _euro(_TYPE.min_cents),
                            "norm": _euro(_TYPE.norm_cents),
                            "maximum": _euro(_TYPE.max_cents),
                        }
                    ],
                ),
                _call(
                    "/v1/gezinnen",
                    wijk=WIJK,
                    gezinstype=_TYPE.code,
                    team=_TEAM,
                    van=f"{YEAR}-01-01",
                    leden=[{"geboortedatum": str(each)} for each in _BIRTH_DATES],
                ),
                _call(
                    "/v1/gezinsbudgetten",
                    gezin=str(family_id),
                    jaar=YEAR,
                    boekdatum=str(JANUARY),
                ),
            ),
        )
        return family_id, budget_id

    async def _treatment(self, budget_id: UUID, members: tuple[UUID, ...]) -> UUID:
        """Let a fund advance what an insurer should pay; gives the open payer item."""
        await self._do(
            lambda connection, instruction: decide_setting(
                connection,
                instruction=instruction,
                name=SettingName.ADVANCE_ORDER,
                value=["WMO"],
                decision=_ADVANCES,
                valid_from=date(YEAR, 6, 1),
            )
        )
        decided = _call(
            "/v1/instellingen",
            naam=SettingName.ADVANCE_ORDER.value,
            waarde=["WMO"],
            besluit=_ADVANCES,
            geldigVan=f"{YEAR}-06-01",
        )
        draw = await self._draw(TREATMENT, budget_id, members, before=(decided,))
        async with db.transaction(self._engine, GEMEENTE) as connection:
            (advance,) = await standing_parts(connection, gemeente=GEMEENTE, draws=[draw.id])
        return advance.id

    async def _settlement(self, item: UUID) -> None:
        """Let the insurer accept one half of the advance, and the other half stay."""
        self._clock.move_to(_SETTLED)
        for operation in (
            lambda connection, instruction: payers.claim(
                connection,
                instruction=instruction,
                item=item,
                payer=_INSURER,
                amount_cents=None,
                reason="",
                asked_on=_SETTLED.date(),
            ),
            lambda connection, instruction: payers.accept(
                connection,
                instruction=instruction,
                item=item,
                acceptance=Acceptance(
                    payer=_INSURER, amount_cents=_ACCEPTED_CENTS, document=_INSURERS_LETTER
                ),
                booking_date=self._clock.today(),
            ),
            lambda connection, instruction: payers.dispute(
                connection,
                instruction=instruction,
                item=item,
                payer=_INSURER,
                amount_cents=None,
                reason=_INSURERS_REASON,
            ),
            lambda connection, instruction: payers.stay(
                connection,
                instruction=instruction,
                item=item,
                amount_cents=None,
                decision=_STAYS_DECISION,
                reason="",
            ),
        ):
            await self._do(operation)
        address = f"/v1/openstaande-betalers/{item}"
        await self._keep(
            title="Wie betaalt: de post wordt gesloten",
            story="De gemeente claimt € 900,00 bij de zorgverzekeraar. Die aanvaardt € 540,00: er"
            " komt een vordering in de plaats van de kosten, en de ruimte gaat terug naar de wijk"
            " waar zij vandaan kwam. De rest, € 360,00, wijst de verzekeraar af. Die blijft met een"
            " besluit bij WMO, zonder boeking. De hulp merkt er niets van.",
            calls=(
                _call(f"{address}/claims", betaler=_INSURER),
                _call(
                    f"{address}/aanvaardingen",
                    betaler=_INSURER,
                    bedrag=_euro(_ACCEPTED_CENTS),
                    document=_INSURERS_LETTER,
                    boekdatum=str(_SETTLED.date()),
                ),
                _call(f"{address}/betwistingen", betaler=_INSURER, reden=_INSURERS_REASON),
                _call(f"{address}/blijft", besluit=_STAYS_DECISION),
            ),
            item=item,
        )

    async def _draw(
        self,
        asked: Help,
        budget_id: UUID,
        members: tuple[UUID, ...],
        *,
        before: tuple[Call, ...] = (),
    ) -> Draw:
        """Decide a draw on its first day and keep the step."""
        request, day = asked.request(budget_id, members), asked.from_date
        self._clock.move_to(datetime(day.year, day.month, day.day, 10, tzinfo=UTC))
        (draw_id,) = await self._do(
            lambda connection, instruction: request_draws(
                connection,
                instruction=instruction,
                draws=[request],
                booking_date=day,
            )
        )
        async with db.transaction(self._engine, GEMEENTE) as connection:
            (draw,) = await draws(connection, gemeente=GEMEENTE, ids=[draw_id])
        await self._keep(
            title=asked.title,
            story=asked.story,
            calls=(
                *before,
                _call(
                    f"/v1/gezinsbudgetten/{request.family_budget}/trekkingen",
                    personen=[str(person) for person in request.persons],
                    soort=request.kind,
                    van=str(request.from_date),
                    totEnMet=str(request.until_date - timedelta(days=1)),
                    bedrag=_euro(request.amount_cents),
                    aanbieder=request.provider,
                    omschrijving=request.description,
                    feiten=dict(request.facts),
                    reden=request.reason,
                    **({"spoed": True} if request.urgent else {}),
                    boekdatum=str(day),
                ),
            ),
            draw=draw,
        )
        return draw

    async def _do(
        self,
        operation: Callable[[AsyncConnection, Instruction], Awaitable[tuple[UUID, ...]]],
    ) -> tuple[UUID, ...]:
        self._number += 1
        instruction = Instruction(
            actor=Actor(
                subject="financieel",
                client="wandeling",
                gemeente=GEMEENTE,
                roles=frozenset({"financieel", "budgethouder"}),
            ),
            key=f"stap-{self._number}",
            fingerprint=fingerprint(str(self._number)),
            at=self._clock.now(),
            today=self._clock.today(),
            new_id=self._clock.new_id,
            new_random_id=self._clock.new_random_id,
        )
        return await db.run(
            self._engine, GEMEENTE, lambda connection: operation(connection, instruction)
        )

    async def _keep(
        self,
        *,
        title: str,
        story: str,
        calls: tuple[Call, ...],
        draw: Draw | None = None,
        item: UUID | None = None,
    ) -> None:
        """Read back what the step wrote and where the money is now."""
        async with db.transaction(self._engine, GEMEENTE) as connection:
            number = await balances.last_link(connection, gemeente=GEMEENTE)
            ids = await balances.journal(
                connection,
                gemeente=GEMEENTE,
                after=self._after,
                known_up_to=number,
                limit=_EVERYTHING,
            )
            self._steps.append(
                Step(
                    title=title,
                    story=story,
                    calls=calls,
                    entries=await balances.find_entries(connection, gemeente=GEMEENTE, entries=ids),
                    standings=await standings(
                        connection,
                        gemeente=GEMEENTE,
                        on=date(YEAR, 12, 31),
                        known_up_to=number,
                    ),
                    draw=draw,
                    item=None
                    if item is None
                    else await payer_item(connection, gemeente=GEMEENTE, item=item),
                )
            )
            self._after = (number, _EVERYTHING)

    async def _read_family(self, family_id: UUID) -> Family:
        async with db.transaction(self._engine, GEMEENTE) as connection:
            (family,) = await read_families(connection, gemeente=GEMEENTE, ids=[family_id])
        return family


def _call(path: str, **body: Any) -> Call:
    return Call(path=path, body=json.dumps(body, ensure_ascii=False))


def _euro(cents: int) -> dict[str, str]:
    return {"waarde": write(cents), "valuta": "EUR"}


def _of_fund(amount: FundAmount) -> dict[str, Any]:
    return {"middel": amount.fund, "bedrag": _euro(amount.amount_cents)}


def _line(source: str, taakveld: str, cents: int) -> CouncilLine:
    return CouncilLine(source=source, programme=PROGRAMME, taakveld=taakveld, amount_cents=cents)


def _amount(source: str, cents: int) -> FundAmount:
    return FundAmount(fund=f"{source}-{YEAR}", amount_cents=cents)


_OPENED: Final = f"Boekjaar {YEAR} geopend"
_ADVANCES: Final = f"Collegebesluit voorfinanciering {YEAR}"
_SETTLED: Final = datetime(YEAR, 9, 15, 10, tzinfo=UTC)
_INSURER: Final = "ZVW"
_ACCEPTED_CENTS: Final = 54_000
_INSURERS_LETTER: Final = f"Besluit zorgverzekeraar {YEAR}-09-14"
_INSURERS_REASON: Final = "De intake valt buiten de verzekerde zorg"
_STAYS_DECISION: Final = f"Besluit budgethouder {YEAR}-31"
_DECISION: Final = f"Raadsbesluit begroting {YEAR}"
_TEAM: Final = "wijkteam 1"
_BIRTH_DATES: Final = (date(1982, 3, 9), date(2008, 5, 15))
_WIJK: Final = District(code=WIJK, name="Wijk 1", inhabitants=20_000, households=9_000)
_TYPE: Final = FamilyType(
    code="standaard",
    name="Gezin met vragen op meer levensgebieden",
    min_cents=500_000,
    norm_cents=1_800_000,
    max_cents=3_000_000,
)
_COUNCIL: Final = (
    _line("JW", "6.751", 100_000_000),
    _line("WMO", "6.712", 40_000_000),
    _line("SHV", "6.3", 20_000_000),
    _line("ARM", "6.3", 30_000_000),
)
_RESERVE: Final = _amount("JW", 5_000_000)
_DISTRICT: Final = (
    _amount("JW", 20_000_000),
    _amount("WMO", 5_000_000),
    _amount("SHV", 3_000_000),
    _amount("ARM", 4_000_000),
)
