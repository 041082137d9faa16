"""The settings of a municipality, each with the value that holds until somebody decides another."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

Value: TypeAlias = Any
"""A value as it is stored: a JSON number, text, list or object; amounts in whole cents."""


class SettingName(StrEnum):
    """Everything that a municipality can set."""

    ADVANCE_ORDER = "voorfinanciering"
    MANDATES = "mandaat"
    APPROVAL_DAYS = "akkoordtermijn"
    PAYER_DAYS = "betalertermijn"
    SHORTAGE_DAYS = "tekorttermijn"
    AUTHORISATION_LEVEL = "autorisatieniveau"
    PROGRAMME_PARTS = "programmaonderdelen"
    OVER_DELIVERY = "levering_boven_verplichting"
    OPEN_ENDED = "open_einde"
    UNAPPROVED = "grens_zonder_akkoord"
    IV3_CONTACT = "iv3_contact"


class AuthorisationLevel(StrEnum):
    """How finely the council authorises: use above it needs a decision of the council."""

    PROGRAMME = "programma"
    PROGRAMME_PART = "programmaonderdeel"
    TAAKVELD = "taakveld"


class OverDelivery(StrEnum):
    """What happens to a delivery above what was reserved for it."""

    REFUSE = "weigeren"
    WAIT_FOR_RAISE = "wacht-op-verhoging"


LADDER: Final = ("wijkteam", "teamleider", "budgethouder")
"""The roles that may grant, from the first to the last that a request goes up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What a role may grant by itself, in whole cents."""

    role: str
    per_draw_cents: int
    per_family_year_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePart:
    """A part of a programme (programmaonderdeel) and the taakvelden in it."""

    name: str
    taakvelden: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Iv3Contact:
    """Whom CBS asks about an Iv3 delivery: an office, so that no person needs to be named."""

    name: str
    telephone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting as it holds on one day; what is written here holds without a decision."""

    advance_order: tuple[str, ...] = ("TOE", "WMO", "ARM", "SHV", "RES")
    """The sources that pay in advance, the first one first (rule E39)."""
    mandates: tuple[Mandate, ...] = (
        Mandate(role="wijkteam", per_draw_cents=1_000_00, per_family_year_cents=5_000_00),
        Mandate(role="teamleider", per_draw_cents=5_000_00, per_family_year_cents=25_000_00),
        Mandate(role="budgethouder", per_draw_cents=25_000_00, per_family_year_cents=100_000_00),
    )
    """In the order of the ladder, each at least as wide as the one before."""
    approval_days: int = 5
    """Days after which a request that waits for approval goes one level up."""
    payer_days: int = 42
    """Days in which the payer of an advance has to be found."""
    shortage_days: int = 30
    """Days in which the budget holder finds cover for a shortage."""
    authorisation_level: AuthorisationLevel = AuthorisationLevel.PROGRAMME
    programme_parts: tuple[ProgrammePart, ...] = ()
    """A taakveld that stands in no part is a part by itself."""
    over_delivery: OverDelivery = OverDelivery.REFUSE
    open_ended: tuple[str, ...] = ()
    """The taakvelden of open-ended arrangements (open einde) of which the ordinance of Gemeentewet
    212 accepts an overrun; none without a decision."""
    unapproved_cents: int = 25_000_00
    """What is granted at most before anybody approved it: urgently, or because the last approver
    let his time go by. More than this is as likely a slip of the pen as help."""
    iv3_contact: Iv3Contact = Iv3Contact(name="", telephone="", email="")
    """Empty until the municipality names an office."""

    def mandate_of(self, role: str) -> Mandate | None:
        """Give what a role may grant; nothing for a role outside the ladder."""
        return next((each for each in self.mandates if each.role == role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingVersion:
    """A setting as it was decided; ``number`` counts per name, from 1."""

    id: UUID
    name: SettingName
    number: int
    value: Value
    decision: str
    valid_from: date
    recorded_at: datetime
    actor: str
