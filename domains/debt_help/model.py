"""What a delivery of debt help (DDAS 1.0) tells, and what of it is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Reason(StrEnum):
    """Why a trajectory was left out; the value stands on the wire."""

    OTHER_MUNICIPALITY = "andere-gemeente"
    NO_CLIENT = "geen-client"
    BSN_INVALID = "bsn-ongeldig"
    UNKNOWN_PERSON = "persoon-onbekend"
    """Nobody in a family here: the delivery holds everybody whom the organisation helped."""
    NOT_ADMITTED = "afgewezen"
    """The intake ended in a rejection: no help began."""
    NO_START = "geen-begindatum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Help that began on a day, as part of a trajectory."""

    form: str
    """What kind of step it is, such as ``begeleiding: Budgetbeheer``; the words of DDAS."""
    started_on: date
    ended_on: date | None
    """The last day; ``None``: it goes on."""
    outcome: str
    """The words of DDAS; empty as long as there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """A trajectory of a file: where it stands, whom it helps, and what began."""

    pointer: str
    """Its place in the file (JSON pointer, RFC 6901)."""
    gemeente: str
    clients: tuple[str, ...]
    """What the file has for a BSN, or a pseudonym where it was taken out before."""
    is_admitted: bool
    starts: tuple[Start, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtHelpFile:
    """A delivery as it was read; nothing of it is kept but what is matched to somebody here."""

    sha256: str
    supplier: str
    from_date: date
    last_date: date
    trajectories: tuple[Trajectory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A trajectory, or one of its clients, that was left out."""

    pointer: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtHelpImport:
    """A delivery that was taken in, with the report on its trajectories."""

    id: UUID
    file_name: str
    supplier: str
    from_date: date
    last_date: date
    trajectories: int
    starts: int
    """Steps of help that were kept, with those that were known."""
    left_out: tuple[LeftOut, ...]
    recorded_at: datetime
    actor: str
