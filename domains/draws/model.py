"""A request for help, the money that lies ready, and the decision with every term it weighed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domains.eligibility.model import Facts, Nature, Segment
from domains.providers.model import AskedLine, Line, PurchaseScale


class Place(StrEnum):
    """Where the money of a fund lies, in the order in which a draw looks for it."""

    FAMILY = "gezin"
    DISTRICT = "wijk"
    COMPLEX = "complex"
    """The part of a fund that is set apart for the most complex families."""
    FREE = "vrij"
    """What is not allotted to a district yet: for advances and for funds that are never pooled."""
    SHORTAGE = "tekort"
    """Nowhere: the help is granted and still looks for cover."""


class PartStanding(StrEnum):
    """On what ground a fund pays; the value stands on the wire."""

    OWN = "eigen"
    """The law names this help as help of the fund's own source."""
    POOL = "bundeling"
    ADVANCE = "voorfinanciering"
    """Somebody else may be the final payer; it makes an open payer item."""
    SHORTAGE = "tekort"


class Payment(StrEnum):
    """When a draw costs money; the value stands on the wire."""

    AT_ONCE = "ineens"
    RESERVATION = "verplichting"
    """Reserved now, spent as it is delivered."""


class Outcome(StrEnum):
    """How a request ended, or where it stands; the value stands on the wire."""

    GRANTED = "toegekend"
    GRANTED_WITH_PAYER_ITEM = "toegekend-met-openstaande-betaler"
    AWAITS_APPROVAL = "wacht-op-akkoord"
    REJECTED = "afgekeurd"
    """An approver said no, on need, person, kind or lawfulness."""
    REFUSED = "geweigerd"
    STOPPED = "gestopt"

    @property
    def is_granted(self) -> bool:
        """Return whether money was booked for it by this decision."""
        return self in {Outcome.GRANTED, Outcome.GRANTED_WITH_PAYER_ITEM}


UNKNOWN_PAYER = "onbekend"
"""The expected payer of an advance where no rule names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What is asked from a family budget, for one person or several."""

    family_budget: UUID
    persons: tuple[UUID, ...]
    kind: str
    from_date: date
    until_date: date
    """Exclusive."""
    amount_cents: int
    payment: Payment = Payment.AT_ONCE
    provider: str
    description: str
    facts: Facts
    reason: str
    document: str = ""
    allocation: str = ""
    """The number by which the care administration gave this help out, if it did (301)."""
    urgent: bool = False
    """A child's safety or a home is at stake (spoed): granted at once, approved afterwards."""
    asked_lines: tuple[AskedLine, ...] = ()
    """What is asked in products; then the amount is what they come to."""
    lines: tuple[Line, ...] = ()
    """The same, priced; filled in when the request is judged."""
    purchase_scale: PurchaseScale | None = None
    """Of help without lines, by the contract with the provider; filled in then too."""
    first_line: int = 1
    """The number of its first line; a raise goes on where the draw's own lines end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The days on which a person belongs to the family; no end is ``None``."""

    person: UUID
    from_date: date
    until_date: date | None
    """Exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDraw:
    """Help that was granted before and still stands, or waits for approval."""

    persons: tuple[UUID, ...]
    kind: str
    provider: str
    help_key: str
    """Names the help; see :func:`domains.draws.rules.help_key`."""
    from_date: date
    until_date: date
    """Exclusive."""

    def meets(self, request: DrawRequest) -> bool:
        """Return whether any person on any day has this kind of help in both."""
        return (
            self.kind == request.kind
            and self.from_date < request.until_date
            and request.from_date < self.until_date
            and not set(self.persons).isdisjoint(request.persons)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a fund still has free in one place, in whole cents.

    Rooms of the complex reserve are given only for a family that is marked complex.
    """

    fund: str
    source: str
    place: Place
    amount_cents: int
    wijk: str = ""
    """The district, for a place that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one fund pays from one place for one person and one stretch of days."""

    person: UUID
    line: int = 0
    """The line of price and volume that it pays; 0: the draw has none."""
    fund: str
    place: Place
    wijk: str
    gezin: UUID
    """The family and the district on whose accounts it stands."""
    amount_cents: int
    rule: str
    from_date: date
    until_date: date
    """Exclusive."""
    taakveld: str
    category: str
    cost_account: str
    standing: PartStanding
    provisional: bool
    """A fact that the law asks for is unknown: the fund pays, but may not be the final payer."""
    payer: str = ""
    """On an advance: the source of the expected final payer, or ``onbekend``."""
    to_be_shown: tuple[str, ...]
    stands_in_for: str = ""
    """On a shortage: the source whose help this is, where a rule names one."""
    ahead: bool = False
    """A shortage only because its year has no budget yet (vooruit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A room that was looked at for one stretch of days, and what became of it."""

    fund: str
    source: str
    place: Place
    person: UUID
    from_date: date
    until_date: date
    """Exclusive."""
    room_cents: int
    """What lay there before this draw."""
    eligible: bool
    rule: str
    legal_basis: str
    taken_cents: int
    reason: str
    """Dutch, for whoever asks why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days of one person on which the same funds may pay, with the amount that falls on them."""

    person: UUID
    line: int
    wijk: str
    segment: Segment
    nature: Nature
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Who pays an amount, and every room that was weighed."""

    parts: tuple[Part, ...]
    weighed: tuple[Weighed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateCheck:
    """What a role may grant by itself, against what is asked, in whole cents."""

    role: str
    """Empty: the asker has no role that may grant."""
    per_draw_cents: int
    per_family_year_cents: int
    granted_before_cents: int
    """What the family was granted from the budget of this year before."""
    asked_cents: int
    unapproved_cents: int
    """What is granted at most before somebody approved it, however urgent."""

    @property
    def is_plausible(self) -> bool:
        """Return whether it may be granted before somebody looked at it."""
        return self.asked_cents <= self.unapproved_cents

    @property
    def is_enough(self) -> bool:
        """Return whether the role may grant this by itself."""
        return (
            self.asked_cents <= self.per_draw_cents
            and self.granted_before_cents + self.asked_cents <= self.per_family_year_cents
        )


class ApprovalReason(StrEnum):
    """Why somebody else has to approve; the value stands on the wire."""

    ABOVE_MANDATE = "boven-mandaat"
    SECOND_PROVIDER = "tweede-aanbieder"
    ABOVE_LIMIT = "boven-grens"
    """More than is ever granted before somebody approved it, however urgent or late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who has to approve a draw, at this level or above, and until when he can."""

    by: str
    """The role."""
    before: date
    """From this day on it goes one level up."""
    reason: ApprovalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsAs:
    """How a draw stands apart from a raise that waits for approval."""

    outcome: Outcome
    until_date: date
    granted_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to a request, with everything that led to it."""

    outcome: Outcome
    parts: tuple[Part, ...]
    """What this decision booked; none as long as it waits."""
    weighed: tuple[Weighed, ...]
    """On a draw that waits: what it would have taken at that moment."""
    sentence: str
    """Dutch, one line."""
    rule_version: str
    until_date: date
    """The help stands up to this day; its own first day where it does not stand."""
    granted_cents: int
    """What all decisions up to this one granted together."""
    mandate: MandateCheck | None = None
    approval: Approval | None = None
    stands_as: StandsAs | None = None
    """Only while a raise waits: how the draw itself stands."""


class Occasion(StrEnum):
    """Why a draw was decided on; the value stands in the database."""

    REQUEST = "aanvraag"
    JUDGEMENT = "beoordeling"
    DEADLINE = "verloop"
    RECOVER = "herdekking"
    RAISE = "verhoging"
    RELEASE = "vrijval"
    STOP = "stop"


class Verdict(StrEnum):
    """What an approver says; the value stands on the wire."""

    APPROVED = "akkoord"
    REJECTED = "afgekeurd"


class RejectionReason(StrEnum):
    """Why an approver says no; that there is no money is never a reason."""

    NEED = "nut"
    PERSON = "persoon"
    KIND = "soort"
    LAWFULNESS = "rechtmatigheid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an approver says about a draw that waits for him."""

    draw: UUID
    verdict: Verdict
    reason: RejectionReason | None
    """Only with a no."""
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One decision with the request that it answers, as it is kept for ever.

    ``refusal`` is the code of a refusal, or empty.
    """

    occasion: Occasion
    request: DrawRequest
    decision: Decision
    refusal: str
    judgement: Judgement | None = None
    raised: DrawRequest | None = None
    """What is asked on top of the draw, where this decides on a raise."""

    @property
    def wanted(self) -> DrawRequest:
        """Return what this decides on: the draw, or what is asked on top of it."""
        return self.raised or self.request


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPart:
    """A part as the books have it now; its amount is what it reserves and spent together."""

    id: UUID
    draw: UUID
    decision_number: int
    part: Part
    reserved_cents: int
    spent_cents: int
    booking_date: date
    """The day on which its help was granted in the books, whoever pays since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """An amount of an advance that stood in a state and needs no payer any more."""

    state: str
    payer: str
    amount_cents: int
