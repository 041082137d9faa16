"""What goes in and out about open payer items (openstaande betalers)."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from api.http.wire import Antwoord, Bedrag, Code, Invoer, Tekst

Betaler: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=60, examples=["ZVW"], description="Bron of gemeente.")
]


class NieuweClaim(Invoer, frozen=True, kw_only=True):
    """Ask a payer; no amount means all that is open."""

    betaler: Betaler
    bedrag: Bedrag | None = None
    reden: Tekst = ""
    gevraagd_op: date | None = None
    """Without: today. No acceptance is booked before that day."""


class NieuweBetwisting(Invoer, frozen=True, kw_only=True):
    """A payer says no."""

    betaler: Betaler
    bedrag: Bedrag | None = None
    reden: Tekst


class NieuweAanvaarding(Invoer, frozen=True, kw_only=True):
    """A payer says yes, for an amount or for days."""

    betaler: Betaler
    bedrag: Bedrag | None = None
    van: date | None = None
    tot_en_met: date | None = None
    feiten: Annotated[dict[Code, bool | None], Meta(max_length=50)] = msgspec.field(
        default_factory=dict
    )
    debiteur: Tekst = ""
    document: Tekst = ""
    reden: Tekst = ""
    boekdatum: date | None = None


class NieuweOntvangst(Invoer, frozen=True, kw_only=True):
    """An outside payer pays what it accepted."""

    betaler: Betaler
    bedrag: Bedrag | None = None
    document: Tekst = ""
    boekdatum: date | None = None


class NieuweAfboeking(Invoer, frozen=True, kw_only=True):
    """A claim is given up."""

    betaler: Betaler
    toestand: Literal["geclaimd", "betwist", "aanvaard"]
    bedrag: Bedrag | None = None
    besluit: Tekst
    reden: Tekst = ""
    boekdatum: date | None = None


class Blijvend(Invoer, frozen=True, kw_only=True):
    """An advance stays for good with the fund that paid it."""

    bedrag: Bedrag | None = None
    besluit: Tekst
    reden: Tekst = ""


class BetalerStand(Antwoord, frozen=True, kw_only=True):
    """What stands in a state."""

    toestand: str
    betaler: str | None
    bedrag: Bedrag


class OpenstaandeBetaler(Antwoord, frozen=True, kw_only=True):
    """An advance with what became of it."""

    id: UUID
    trekking: UUID
    gezin: UUID
    persoon: UUID
    soort: str
    middel: str
    plaats: str
    van: date
    tot_en_met: date
    taakveld: str
    categorie: str
    regel: str
    verwachte_betaler: str
    eigenaar: str
    uiterlijk: date
    geopend_op: datetime
    bedrag: Bedrag
    nog_open: Bedrag
    """What still needs somebody who pays: open, claimed or disputed."""
    afgesloten: bool
    raadsbesluit_nodig: bool
    """What stays, stays with a fund of another programme than the help."""
    standen: list[BetalerStand]


class OpenstaandeBetalers(Antwoord, frozen=True, kw_only=True):
    """A page of advances."""

    resultaten: list[OpenstaandeBetaler]


class BetalerStap(Antwoord, frozen=True, kw_only=True):
    """A change as it was written down."""

    nummer: int
    van_toestand: str | None
    toestand: str
    betaler: str
    bedrag: Bedrag
    vastgelegd_op: datetime
    vastgelegd_door: str
    reden: str
    besluit: str
    boekingen: list[UUID]


class BetalerDossier(OpenstaandeBetaler, frozen=True, kw_only=True):
    """An advance with every change."""

    stappen: list[BetalerStap]


class Ouderdomsklasse(Antwoord, frozen=True, kw_only=True):
    """Advances that are this many days old."""

    van_dagen: int
    tot_en_met_dagen: int | None
    aantal: int
    bedrag: Bedrag | None


class BetalerBedrag(Antwoord, frozen=True, kw_only=True):
    """What is expected of, asked from or refused by a payer."""

    betaler: str
    bedrag: Bedrag | None


class Betalerscijfers(Antwoord, frozen=True, kw_only=True):
    """How much still needs a payer, and whether anybody waited for one.

    Whoever sees aggregates only gets no amounts where they would tell of few families.
    """

    peil_datum: date
    aantal: int
    bedrag: Bedrag | None
    te_laat_aantal: int
    te_laat_bedrag: Bedrag | None
    dagen_gewacht: int
    """Days that help began later than was asked because nobody knew who pays; should be 0."""
    ouderdom: list[Ouderdomsklasse]
    per_betaler: list[BetalerBedrag]
