"""The case that every decision on draws works with: who acts, what is known, and the plan.

Deciding, raising and covering anew all take the same steps: the turns of the families, who may pay,
the money that could pay, and one decision after the other on what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.draws.cover import cover
from domains.draws.mandates import approval_for, check_mandate, grants_at_once
from domains.draws.model import (
    Approval,
    Decision,
    DrawRequest,
    EarlierDraw,
    MandateCheck,
    Membership,
    StandsAs,
    Stretch,
)
from domains.draws.money import Money, Places, lock_money, places_of
from domains.draws.queries import Dossier, PendingDraw, dossier
from domains.draws.recording import Book, Release
from domains.draws.rules import (
    as_earlier,
    check_booking_date,
    check_draw,
    decide_draw,
    has_second_provider,
    know_provider,
    plan_draw,
    refuse_draw,
)
from domains.eligibility.catalogue import KINDS
from domains.families.model import Family
from domains.families.rules import UnknownFamilyBudget
from domains.instruction import Instruction
from domains.providers.model import Register
from domains.providers.queries import registers
from ledger.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one operation works with: who acts, and the dossier as it lies under the turns."""

    instruction: Instruction
    dossier: Dossier
    earlier: dict[UUID, list[tuple[UUID, EarlierDraw]]]
    """Per person, with the id of the draw; grows with each draw of the list."""
    granted: dict[UUID, int]
    """Per family budget; grows too."""
    registers: Mapping[str, Register]
    """What is known of each provider, by the name that a request gives."""

    @property
    def rule_version(self) -> str:
        """Return the version of the rules that every decision of this case is taken by."""
        return self.dossier.rules.version

    def earlier_of(self, request: DrawRequest, draw_id: UUID) -> list[EarlierDraw]:
        """Give the help for these persons that stands or waits, apart from this draw itself."""
        return [
            each
            for person in request.persons
            for known, each in self.earlier.get(person, ())
            if known != draw_id
        ]

    def know(self, draw_id: UUID, earlier: EarlierDraw) -> None:
        """Let the next draws of the list know of help."""
        for person in earlier.persons:
            self.earlier.setdefault(person, []).append((draw_id, earlier))

    def family_of(self, draw: DrawRequest) -> Family:
        """Return the family from whose budget a draw is asked."""
        return self.dossier.families[self.dossier.budgets[draw.family_budget].family]

    def home_of(self, draw: DrawRequest) -> Family:
        """Return the family that help asked before is for by now, with all stays of its persons.

        It follows whoever changed families since, once nobody of it is left where it was asked.
        """
        asked, known = self.family_of(draw), self.dossier.families.values()
        homes = [
            family
            for person in draw.persons
            for family in known
            if any(member.person == person for member in family.present)
        ]
        stays = (member for family in known for member in family.members)
        return replace(
            asked if asked in homes or not homes else homes[0],
            members=tuple(each for each in stays if each.person in draw.persons),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A draw before anybody looked at money: refused, or who may pay and who has to approve."""

    draw_id: UUID
    request: DrawRequest
    family: Family
    """Whose help it is, and on whose accounts it is to stand."""
    refusal: Refusal | None = None
    stretches: tuple[Stretch, ...] = ()
    places: Places = ()
    mandate: MandateCheck | None = None
    approval: Approval | None = None
    stands_as: StandsAs | None = None
    """How the draw stands that this raises."""


async def open_case(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    budgets: Sequence[UUID] = (),
    draws: Sequence[UUID] = (),
    persons: Sequence[UUID] = (),
    providers: Sequence[str] = (),
) -> Case:
    """Take the turns of the families and read what a decision needs.

    Names of ``draws`` bring their own budgets, persons and providers.

    :raises UnknownFamilyBudget: one of the budgets does not exist.
    """
    found = await dossier(
        connection,
        gemeente=instruction.gemeente,
        today=instruction.today,
        budgets=budgets,
        draws=draws,
        persons=persons,
    )
    for budget_id in budgets:
        if budget_id not in found.budgets:
            raise UnknownFamilyBudget(family_budget=str(budget_id))
    named = {*providers, *(each.request.provider for each in found.draws.values())}
    case = Case(
        instruction=instruction,
        dossier=found,
        earlier={},
        granted={budget: known.granted_cents for budget, known in found.budgets.items()},
        registers=await registers(connection, gemeente=instruction.gemeente, names=named),
    )
    for draw_id, each in found.earlier:
        case.know(draw_id, each)
    return case


def plan_request(
    case: Case,
    draw_id: UUID,
    request: DrawRequest,
    *,
    stands_as: StandsAs | None = None,
    released_cents: int = 0,
) -> Plan:
    """Judge a new request, and let the next one in the list know of it.

    A raise is held against the mandate together with what it raises, or nobody would need more;
    ``released_cents`` is what that gave back.
    """
    family = case.home_of(request) if stands_as else case.family_of(request)
    plan = replace(_plan(case, draw_id, request, family), stands_as=stands_as)
    if plan.refusal is not None:
        return plan
    request = plan.request
    before_cents = stands_as.granted_cents - released_cents if stands_as else 0
    instruction, settings = case.instruction, case.dossier.settings
    mandate = check_mandate(
        roles=instruction.actor.roles,
        asked_cents=before_cents + request.amount_cents,
        granted_before_cents=case.granted[request.family_budget] - before_cents,
        settings=settings,
    )
    earlier = case.earlier_of(request, draw_id)
    approval = approval_for(
        mandate,
        urgent=request.urgent,
        second_provider=has_second_provider(request, kinds=KINDS, earlier=earlier),
        settings=settings,
        today=instruction.today,
    )
    case.know(draw_id, as_earlier(request))
    if approval is None or grants_at_once(request, approval):
        case.granted[request.family_budget] += request.amount_cents
    return replace(plan, mandate=mandate, approval=approval)


def plan_again(case: Case, pending: PendingDraw) -> Plan:
    """Judge a request once more at the moment at which it is granted."""
    plan = _plan(case, pending.id, pending.awaited, case.home_of(pending.awaited))
    return replace(plan, stands_as=pending.decision.stands_as)


def check_after(pending: PendingDraw, booking_date: date, *, today: date) -> None:
    """Refuse to book what becomes of a draw before the draw itself.

    :raises domains.draws.refusals.BookedTooEarly: its latest decision was booked on a later day.
    """
    check_booking_date(
        booking_date,
        earliest=pending.booking_date,
        since=f"toen is trekking {pending.id} gevraagd of voor het laatst gewijzigd",
        today=today,
    )


def _plan(case: Case, draw_id: UUID, request: DrawRequest, family: Family) -> Plan:
    today = case.instruction.today
    try:
        request = know_provider(request, case.registers[request.provider])
        check_draw(
            request,
            kinds=KINDS,
            members=[
                Membership(person=each.person, from_date=each.from_date, until_date=each.until_date)
                for each in family.members
            ],
            earlier=case.earlier_of(request, draw_id),
            oldest_open_year=case.dossier.oldest_open_year or today.year,
            asked_on=today,
        )
    except Refusal as refusal:
        return Plan(draw_id=draw_id, request=request, family=family, refusal=refusal)
    stretches = plan_draw(
        request,
        family=family,
        sources={chart.source_of(fund) for fund in case.dossier.funds},
        rules=case.dossier.rules,
        kinds=KINDS,
    )
    return plan_of(case, draw_id, request, stretches, family=family)


def plan_of(
    case: Case,
    draw_id: UUID,
    request: DrawRequest,
    stretches: tuple[Stretch, ...],
    *,
    family: Family,
) -> Plan:
    """Plan what was judged: with every place where money for it could lie."""
    return Plan(
        draw_id=draw_id,
        request=request,
        family=family,
        stretches=stretches,
        places=places_of(
            case.instruction.gemeente,
            family=family,
            stretches=stretches,
            funds=case.dossier.funds,
            advance_order=case.dossier.settings.advance_order,
        ),
    )


async def lock_plans(
    connection: AsyncConnection,
    case: Case,
    plans: Sequence[Plan],
    *,
    releases: Sequence[Release] = (),
) -> Money:
    """Lock all accounts that could pay, or get money back, and read what they have.

    Draws of one family took turns before, also where there is no money to lock: the same help is
    then seen, and refused, by whoever asks second.
    """
    return await lock_money(
        connection,
        gemeente=case.instruction.gemeente,
        places=[plan.places for plan in plans],
        parts=[release.part.part for release in releases],
    )


def decide(case: Case, money: Money, plan: Plan) -> Decision:
    """Decide a planned draw on the money that is left, and take what it uses."""
    if plan.refusal is not None:
        return refuse_draw(
            plan.request, plan.refusal, rule_version=case.rule_version, stands_as=plan.stands_as
        )
    found = cover(
        plan.stretches,
        gezin=plan.family.id,
        rooms=money.rooms(plan.places),
        advance_order=case.dossier.settings.advance_order,
    )
    decision = decide_draw(
        plan.request,
        found=found,
        mandate=plan.mandate,
        approval=plan.approval,
        rule_version=case.rule_version,
        stands_as=plan.stands_as,
    )
    money.take(decision.parts)
    return decision


def book_of(case: Case, booking_date: date) -> Book:
    """Give an empty book for what an operation writes."""
    return Book(
        instruction=case.instruction,
        booking_date=booking_date,
        payer_days=case.dossier.settings.payer_days,
    )
