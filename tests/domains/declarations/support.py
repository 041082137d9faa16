"""A municipality whose providers have allocations, and short ways to declare and to be answered."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from lxml import etree

from api import db
from api.clock import SystemClock
from api.messages import Office, rehearse_declaration, take_in_declaration
from domains.allocations.model import Allocation, AllocationForm, NewAllocation
from domains.allocations.operations import allocate
from domains.allocations.queries import allocations
from domains.declarations.answering import write_answer
from domains.declarations.model import ReceivedMessage
from domains.draws.model import Payment
from domains.instruction import Actor
from domains.messages.model import DeclaredLine, PersonFacts
from domains.messages.standard import Law
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from domains.persons.vault import Vault
from domains.providers.model import AskedLine, NewProvider, NewStanding, Product, Quality, Unit
from domains.providers.operations import register_providers
from domains.quantities import read_e4
from ledger.accounts import Book
from tests.domains.support import DAY, PARENT, YOUNGSTER, Town, draw
from tests.support.messages import ANNA, PROVIDER, TOM, Declaration, declared

VAULT: Final = Vault(file="proef.key", master=bytes(range(32)))
APRIL: Final = (date(2026, 4, 1), date(2026, 5, 1))
SPRING: Final = (date(2026, 2, 1), date(2026, 7, 1))
RECEIVED: Final = datetime(2026, 5, 7, 9, 30, tzinfo=UTC)
HOURS: Final = Product(category="45", code="45A03", unit=Unit.HOUR)


class ClockAt(SystemClock):
    """A clock that stands still."""

    def __init__(self, at: datetime = RECEIVED) -> None:
        """Stop at a moment."""
        self._at = at

    def now(self) -> datetime:
        """Give the one moment."""
        return self._at


@dataclass(kw_only=True)
class Desk:
    """A town with a family of two, known by their numbers, and a provider with an AGB code."""

    town: Town
    office: Office
    budget: UUID
    tom: UUID
    anna: UUID
    booking_date: date = DAY
    _declarations: int = 0

    async def care(
        self,
        *,
        number: int | None = None,
        volume: str = "100",
        tariff: str = "12.50",
        days: tuple[date, date] = SPRING,
        form: AllocationForm | None = None,
        person: UUID | None = None,
        product: Product = HOURS,
        **more: Any,
    ) -> Allocation:
        """Reserve hours for the youngster and give them out as an allocation."""
        asked = draw(
            self.budget,
            person or self.tom,
            cents=0,
            days=days,
            payment=Payment.RESERVATION,
            provider=PROVIDER,
            description=f"hulp {number} {days}",
            **more,
        )
        line = AskedLine(
            product=product,
            volume_e4=read_e4(volume),
            from_date=days[0],
            until_date=days[1],
            tariff_e4=read_e4(tariff),
        )
        (found,) = await self.town.draw(replace(asked, asked_lines=(line,)))
        assert found.outcome.is_granted, found.decision.sentence
        return await self.allocate(found.id, number=number, form=form)

    async def budgeted(
        self,
        cents: int,
        *,
        number: int | None = None,
        days: tuple[date, date] = SPRING,
        **more: Any,
    ) -> Allocation:
        """Reserve an amount for the youngster and give it out as a generic allocation."""
        told = {"provider": PROVIDER, "description": f"budget {number}"} | more
        (found,) = await self.town.draw(
            draw(
                self.budget,
                self.tom,
                cents=cents,
                days=days,
                payment=Payment.RESERVATION,
                **told,
            )
        )
        assert found.outcome.is_granted, found.decision.sentence
        return await self.allocate(found.id, number=number)

    async def allocate(self, of: UUID, **more: Any) -> Allocation:
        """Give out a draw; gives its first allocation."""
        ids = await self.town.do(
            lambda connection, instruction: allocate(
                connection,
                instruction=instruction,
                asked=NewAllocation(draw=of, law=Law.YOUTH, **more),
            )
        )
        async with db.transaction(self.town.engine, self.town.gemeente) as connection:
            (found, *_) = await allocations(connection, gemeente=self.town.gemeente, ids=ids)
        return found

    def declaration(self, *lines: DeclaredLine, **more: Any) -> Declaration:
        """Make a declaration for this town, with a number that nobody used."""
        self._declarations += 1
        told = {
            "gemeente": self.town.gemeente.removeprefix("GM"),
            "number": f"DN{self._declarations:03d}",
            "identification": f"ID{self._declarations:03d}",
        }
        return Declaration(lines=lines, **(told | more))

    async def declare(self, *lines: DeclaredLine, **more: Any) -> "Answer":
        """Declare lines and read the answer."""
        return await self.send(self.declaration(*lines, **more).xml())

    async def send(self, content: bytes) -> "Answer":
        """Offer a file and read the answer, if there is one yet."""
        message = await take_in_declaration(
            self.office,
            io.BytesIO(content),
            file_name="declaratie.xml",
            booking_date=self.booking_date,
        )
        return await self.answer(message)

    async def rehearse(self, content: bytes) -> ReceivedMessage:
        """Offer a file as a rehearsal."""
        return await rehearse_declaration(
            self.office, io.BytesIO(content), file_name="declaratie.xml", booking_date=DAY
        )

    async def answer(self, message: ReceivedMessage) -> "Answer":
        """Read the answer to a message, if there is one yet."""
        if not message.is_answered:
            return Answer(message=message, xml=b"")
        out = io.BytesIO()
        async with db.transaction(self.town.engine, self.town.gemeente) as connection:
            await write_answer(
                connection,
                gemeente=self.town.gemeente,
                vault=VAULT,
                message=message.id,
                file=out,
            )
        return Answer(message=message, xml=out.getvalue())

    async def spent(self) -> int:
        """Give what stands as owed to providers in the books, in whole cents."""
        return -sum(
            each.balance_cents for each in await self.town.balances(Book.LASTEN, code="1200")
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A 325 as its receiver reads it."""

    message: ReceivedMessage
    xml: bytes

    @property
    def codes(self) -> dict[str, list[str]]:
        """Return the codes of each refused line by its reference."""
        return {
            line.findtext(".//{*}ReferentieNummer") or "": [
                code.text or "" for code in line.findall("{*}RetourCodes/{*}RetourCode")
            ]
            for line in self._found("Prestatie")
        }

    @property
    def declaration_codes(self) -> list[str]:
        """Return what is said of the declaration as a whole."""
        (body,) = self._found("DeclaratieAntwoord")
        return [code.text or "" for code in body.findall("{*}RetourCodes/{*}RetourCode")]

    @property
    def granted_cents(self) -> int:
        """Return what is granted in all."""
        (total,) = self._found("TotaalToegekendBedrag")
        cents = int(total.findtext("{*}TotaalBedrag") or "")
        return -cents if total.findtext("{*}DebetCredit") == "C" else cents

    @property
    def bsns(self) -> list[str]:
        """Return whose lines are given back."""
        return [each.findtext("{*}Bsn") or "" for each in self._found("Client")]

    def _found(self, name: str) -> Sequence[etree._Element]:
        return etree.fromstring(self.xml).findall(f".//{{*}}{name}")


async def make_desk(town: Town, *, schemas: Path | None = None) -> Desk:
    """Make a desk in a town."""
    await town.do(
        lambda connection, instruction: register_providers(
            connection,
            instruction=instruction,
            providers=[
                NewProvider(
                    code=PROVIDER,
                    name="Aanbieder",
                    standing=NewStanding(
                        from_date=date(2020, 1, 1),
                        quality=Quality.MEETS,
                        is_barred=False,
                        reason="",
                    ),
                )
            ],
        )
    )
    budget = await town.open_budget(await town.register(PARENT, YOUNGSTER))
    tom, anna = await town.person(budget, YOUNGSTER), await town.person(budget, PARENT)
    await town.do(
        lambda connection, instruction: register_persons(
            connection,
            instruction=instruction,
            vault=VAULT,
            persons=[
                NewPerson(person=tom, facts=facts(TOM, YOUNGSTER, "Wit")),
                NewPerson(person=anna, facts=facts(ANNA, PARENT, "Berg")),
            ],
        )
    )
    office = Office(
        engine=town.engine,
        clock=ClockAt(),
        actor=Actor(
            subject="medewerker",
            client="proef",
            gemeente=town.gemeente,
            roles=frozenset({"financieel"}),
        ),
        vault=VAULT,
        schemas=schemas,
        tell=lambda *_: None,
    )
    return Desk(town=town, office=office, budget=budget, tom=tom, anna=anna)


def facts(bsn: str, birth_date: date, surname: str) -> PersonFacts:
    """Make what is known of somebody who does not exist."""
    return PersonFacts(bsn=bsn, birth_date=birth_date, sex="1", surname=surname)


def of(allocation: Allocation, place: int = 1, **said: Any) -> DeclaredLine:
    """Declare four hours of an allocation in a month of its own."""
    return declared(place, **({"allocation": allocation.number} | said))
