"""The shapes that every address shares: amounts, days, texts, and how figures are dated."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.chain import known_link
from api.clock import FIRST_DAY, LAST_DAY
from api.http.services import Services
from api.problems import InvalidField, InvalidInput
from ledger import money

END: Final = r"$(?!\n)"
"""The end of a pattern: Python lets ``$`` match before a last newline; this reads alike in JSON."""

PRINTABLE: Final = r"^(?!\s+$)[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*" + END
"""Text without control characters, without signs that turn its direction, and not only spaces."""

Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=60, pattern=PRINTABLE)]
Tekst: TypeAlias = Annotated[str, Meta(max_length=500, pattern=PRINTABLE)]
VerplichteTekst: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500, pattern=PRINTABLE)]
Jaar: TypeAlias = Annotated[int, Meta(ge=2000, le=2199)]
Middel: TypeAlias = Annotated[
    str,
    Meta(pattern="^[A-Z]{2,10}-[0-9]{4}" + END, examples=["JW-2026"], description="Bron en jaar."),
]
Wijk: TypeAlias = Annotated[str, Meta(pattern="^WK[0-9]{6}" + END, examples=["WK034401"])]

DryRun: TypeAlias = Annotated[
    bool, QueryParameter(name="proef", description="Reken alles door en boek niets.")
]
OnDate: TypeAlias = Annotated[
    date | None,
    QueryParameter(name="peilDatum", description="Geboekt tot en met deze dag; standaard vandaag."),
]
KnownUpTo: TypeAlias = Annotated[
    int | None,
    QueryParameter(
        name="standPer", ge=0, description="Bekend tot en met dit ketennummer; standaard alles."
    ),
]
Cursor: TypeAlias = Annotated[
    str | None, QueryParameter(name="cursor", description="Uit de kopregel Link van het vorige.")
]
Limit: TypeAlias = Annotated[
    int, QueryParameter(name="limit", ge=1, le=100, description="Hooguit zoveel per keer.")
]

MOST: Final = 100
"""The most that one page of a list holds."""


class Antwoord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of everything that goes out."""


class Invoer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The base of everything that comes in; unknown fields are refused."""


class Bedrag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of money: euros as text with exactly two decimals."""

    waarde: Annotated[str, Meta(pattern=r"^-?[0-9]{1,13}\.[0-9]{2}" + END, examples=["1250.00"])]
    valuta: Literal["EUR"] = "EUR"

    @property
    def cents(self) -> int:
        """Return the amount in whole cents."""
        return money.read(self.waarde)


class MiddelBedrag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of one fund."""

    middel: Middel
    bedrag: Bedrag


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """Which bookings count: up to a booking date, and known up to a link of the chain."""

    on: date
    known_up_to: int

    @property
    def pinned(self) -> dict[str, object]:
        """Return the query keys by which the next page of a list stands for the same moment."""
        return {"peilDatum": self.on.isoformat(), "standPer": self.known_up_to}


def amount(cents: int) -> Bedrag:
    """Write whole cents for the wire."""
    return Bedrag(waarde=money.write(cents))


def day_after(day: date) -> date:
    """Turn a last day (tot en met) into the first day that no longer counts."""
    return day + timedelta(days=1)


def last_day(until: date) -> date:
    """Turn the first day that no longer counts into a last day (tot en met)."""
    return until - timedelta(days=1)


def check_order(first: date, last: date) -> None:
    """Refuse days (van, tot en met) that end before they begin.

    :raises InvalidInput: ``last`` lies before ``first``.
    """
    if last < first:
        field = InvalidField(
            naam="totEnMet", bron="body", code="volgorde", reden="ligt voor van; draai de dagen om."
        )
        raise InvalidInput(fields=(field,))


async def as_of(
    connection: AsyncConnection,
    *,
    services: Services,
    gemeente: str,
    on: date | None,
    known_up_to: int | None,
) -> AsOf:
    """Fill in what the caller left out, so that the answer can say what it stands for.

    :raises api.chain.NotKnownYet: the chain has no such number yet.
    """
    known = await known_link(connection, gemeente=gemeente, asked=known_up_to)
    return AsOf(
        on=check_day("peilDatum", on) if on is not None else services.clock.today(),
        known_up_to=known,
    )


def check_day(name: str, day: date) -> date:
    """Refuse a day in the query that no administration knows.

    :raises InvalidInput: before 1900 or after 2199.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(
            fields=(
                InvalidField(
                    naam=name,
                    bron="query",
                    code="dag-onmogelijk",
                    reden="ligt buiten 1900 tot en met 2199.",
                ),
            )
        )
    return day
