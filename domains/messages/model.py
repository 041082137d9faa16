"""What a message says, as values; a BSN stands here and never goes further than the door."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeAlias

from domains.messages.standard import Law, MessageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Who sends what to whom."""

    message: MessageType
    sender: str
    receiver: str
    identification: str
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What a message tells about a person; kept out of every text that is logged."""

    bsn: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: str = field(default="", repr=False)
    """0 unknown, 1 man, 2 woman."""
    surname: str = field(default="", repr=False)
    prefix: str = field(default="", repr=False)
    initials: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is allocated or asked (Omvang), by the codes of the standard."""

    volume: int
    unit: str
    frequency: str
    """1 a day, 2 a week, 4 a month, 6 in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatedProduct:
    """A product of a 301; generic without a category, aspecific without a code."""

    number: int
    provider_reference: str = ""
    category: str = ""
    code: str = ""
    allocated_on: date
    allocated_time: time
    from_date: date
    last_date: date | None
    """Inclusive, as in every message."""
    change_reason: str = ""
    extent: Extent | None = None
    budget_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedProduct:
    """A product of a 305: the provider began."""

    number: int | None
    category: str
    code: str
    from_date: date
    status: str
    """1 first, 2 changed, 3 withdrawn, 9 unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedProduct:
    """A product of a 307: the provider ended, for a reason."""

    number: int | None
    category: str
    code: str
    from_date: date
    last_date: date
    reason: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedProduct:
    """A product that a provider asks for, new (315, 317) or changed (317, with a number)."""

    number: int | None = None
    provider_reference: str = ""
    category: str = ""
    code: str = ""
    from_date: date
    last_date: date | None
    extent: Extent | None
    budget_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A 301."""

    header: Header
    person: PersonFacts
    products: tuple[AllocatedProduct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A 305."""

    header: Header
    person: PersonFacts
    products: tuple[StartedProduct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A 307."""

    header: Header
    person: PersonFacts
    products: tuple[StoppedProduct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A 315: a provider asks for allocations."""

    header: Header
    person: PersonFacts
    products: tuple[WantedProduct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A 317: a provider asks for other allocations than a person has."""

    header: Header
    person: PersonFacts
    reference: str
    reason: str
    unchanged: tuple[int, ...]
    changed: tuple[WantedProduct, ...]
    new: tuple[WantedProduct, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A 319: a request is refused, or still looked into."""

    header: Header
    reference: str
    answer: str
    """1 refused, 2 being looked into."""
    reason: str = ""


Message: TypeAlias = Allocation | Start | Stop | Request | ChangeRequest | Reply
"""A message about one person, small enough to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationHead:
    """A 323 without its lines."""

    header: Header
    basic_version: str
    version: str
    number: str
    from_date: date
    last_date: date
    dated: date
    total_cents: int
    """Debit less credit; below zero where more is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLine:
    """A line of a 323 (Prestatie), in the order of the file."""

    place: int
    """From 1."""
    row: int
    """Where it stands in the file, for whoever has to mend it."""
    bsn: str = field(repr=False)
    reference: str
    previous: str
    """The line that a credit takes back."""
    allocation: int
    category: str
    code: str
    from_date: date
    last_date: date
    volume: int
    unit: str
    tariff_cents: int | None
    amount_cents: int
    """Above zero for debit, below for credit."""
    is_credit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDeclaration:
    """What a first pass over a 323 found: it can be read to its end, and its total is its sum."""

    head: DeclarationHead
    lines: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLine:
    """A line that a 325 gives back, with why."""

    line: DeclaredLine
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHead:
    """A 325 without its lines."""

    law: Law
    gemeente: str
    provider: str
    identification: str
    dated: date
    declaration: DeclarationHead
    granted_cents: int
    codes: tuple[str, ...]
    """What is said of the declaration as a whole."""
