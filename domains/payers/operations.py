"""Finding who pays in the end: claims, acceptance, disputes, payment and giving up.

Every step takes the turn of the family first, as whoever changes its help does, so that two people
never settle the same amount.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart, payer_entries
from domains.draws.model import Part, PartStanding, Place
from domains.draws.queries import Dossier, dossier
from domains.draws.rules import check_booking_date
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import Segment
from domains.eligibility.rules import check_facts, help_kind, segments
from domains.instruction import Instruction, refuse_repetition
from domains.payers import rules
from domains.payers.model import (
    Acceptance,
    Change,
    PayerItem,
    PayerState,
    Portion,
    Share,
    WriteOff,
)
from domains.payers.queries import (
    accepted_late_cents,
    claimed_since,
    claims_of,
    draw_of_item,
    payer_item,
)
from domains.payers.recording import Book
from domains.pooling.operations import add_funds
from domains.standard_entries import Move, place_account
from ledger import balances, books
from ledger.accounts import Account


async def claim(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    payer: str,
    amount_cents: int | None,
    reason: str,
    asked_on: date,
) -> tuple[UUID, ...]:
    """Ask a payer for an advance; no amount means all. Gives the item and the step.

    So it is with the other steps below. On ``asked_on`` the payer was asked: no acceptance is
    booked before that day.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.payers.refusals.OwnGemeentePays: the payer is this municipality.
    :raises domains.payers.refusals.UnknownPayer: nobody has this code.
    :raises domains.payers.refusals.NothingInState: nothing is open.
    :raises domains.payers.refusals.MoreThanStands: less is.
    :raises domains.draws.refusals.BookedTooEarly: it was asked before anything was advanced.
    """
    held, _ = await _held(connection, instruction=instruction, item=item)
    rules.check_other(payer, gemeente=instruction.gemeente)
    check_booking_date(
        asked_on,
        earliest=held.advance.booking_date,
        since="toen is de hulp verleend",
        today=instruction.today,
    )
    changes = rules.decide_claim(held, payer=payer, amount_cents=amount_cents)
    book = Book(instruction=instruction, item=held, booking_date=asked_on, reason=reason)
    book.change(changes)
    return await book.write(connection)


async def dispute(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    payer: str,
    amount_cents: int | None,
    reason: str,
) -> tuple[UUID, ...]:
    """Note that a payer says no, for a reason; gives both.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.payers.refusals.DisputeWithoutReason: no reason is given.
    :raises domains.payers.refusals.NothingInState: nothing was claimed from this payer.
    :raises domains.payers.refusals.MoreThanStands: less was.
    """
    held, _ = await _held(connection, instruction=instruction, item=item)
    changes = rules.decide_dispute(held, payer=payer, amount_cents=amount_cents, reason=reason)
    book = Book(instruction=instruction, item=held, booking_date=instruction.today, reason=reason)
    book.change(changes)
    return await book.write(connection)


async def stay(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    amount_cents: int | None,
    decision: str,
    reason: str,
) -> tuple[UUID, ...]:
    """Let an advance stay for good with the fund that paid it, by a decision; gives both.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.payers.refusals.PayerDecisionMissing: no decision is named.
    :raises domains.payers.refusals.NothingInState: nothing is open or disputed.
    :raises domains.payers.refusals.MoreThanStands: less is.
    """
    held, _ = await _held(connection, instruction=instruction, item=item)
    changes = rules.decide_stay(held, amount_cents=amount_cents, decision=decision)
    book = Book(
        instruction=instruction,
        item=held,
        booking_date=instruction.today,
        reason=reason,
        decision=decision,
    )
    book.change(changes)
    return await book.write(connection)


async def accept(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    acceptance: Acceptance,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Let a payer accept: costs and room move to whoever pays in the end; gives both.

    An outside payer gets a claim; a fund of ours takes over the costs of what was delivered and
    the reservation of what was not, from its own room. Nothing changes for the help.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.eligibility.rules.UnknownFact: a fact is told that no rule asks for.
    :raises domains.payers.refusals.DaysOutsideItem: the days are not those of the item.
    :raises domains.payers.refusals.NothingInState: nothing was claimed from this payer.
    :raises domains.payers.refusals.MoreThanStands: less was.
    :raises domains.payers.refusals.NotDeliveredYet: it accepts what was not delivered yet.
    :raises domains.payers.refusals.PayerMayNotPay: the rules do not let this fund pay.
    :raises domains.payers.refusals.PayerFactUnknown: the law asks for a fact that nobody told.
    :raises domains.payers.refusals.YearStillOpen: the year of the costs is open; book in it.
    :raises domains.payers.refusals.YearOfCostsClosed: own funds settle only in that year.
    :raises domains.draws.refusals.BookedTooEarly: it is booked before it was claimed.
    """
    held, known = await _held(connection, instruction=instruction, item=item)
    await _check_after_claim(
        connection, instruction, held, payer=acceptance.payer, booking_date=booking_date
    )
    check_facts([name for name, _ in acceptance.facts], known.rules.rules)
    payer, part = acceptance.payer, held.part
    days = (acceptance.from_date or part.from_date, acceptance.until_date or part.until_date)
    amount_cents = rules.accepted_cents(
        held,
        payer=payer,
        amount_cents=acceptance.amount_cents,
        from_date=days[0],
        until_date=days[1],
    )
    changes = rules.decide_acceptance(held, payer=payer, amount_cents=amount_cents)
    book = Book(
        instruction=instruction,
        item=held,
        reason=acceptance.reason,
        booking_date=booking_date,
        document=acceptance.document,
        days=days,
        rule_version=known.rules.version,
    )
    if changes[0].to_state is PayerState.STAYS:
        judged = _segments(book, acceptance=acceptance, known=known)
        rules.check_may_pay(judged, payer=payer)
        book.change(changes)
    elif rules.is_outside(payer):
        await _accept_outside(connection, book, changes, debtor=acceptance.debtor)
    else:
        await _accept_by_fund(connection, book, changes, acceptance=acceptance, known=known)
    return await book.write(connection)


async def receive(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    payer: str,
    amount_cents: int | None,
    booking_date: date,
    document: str,
) -> tuple[UUID, ...]:
    """Let an outside payer pay what it accepted; gives both.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.payers.refusals.NothingInState: nothing outside our funds is accepted.
    :raises domains.payers.refusals.MoreThanStands: less is.
    :raises domains.payers.refusals.NotAcceptedByThen: less was on the day of booking.
    """
    held, _ = await _held(connection, instruction=instruction, item=item)
    changes = rules.decide_receipt(held, payer=payer, amount_cents=amount_cents)
    book = Book(instruction=instruction, item=held, booking_date=booking_date, document=document)
    moves = [
        payer_entries.payment_move(instruction.gemeente, account, amount_cents=cents)
        for account, cents in await _claims(connection, book, changes)
    ]
    book.change(changes, entries=[book.add(moves, kind="betaler-betaalt")])
    return await book.write(connection)


async def write_off(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    item: UUID,
    given_up: WriteOff,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Give up a claim by a decision; gives both.

    What was only claimed or disputed stays where it is, without an entry. What was accepted and
    never paid is cost again of the fund that advanced, from its own room.

    :raises domains.payers.refusals.UnknownPayerItem: there is no such item.
    :raises domains.payers.refusals.PayerDecisionMissing: no decision is named.
    :raises domains.payers.refusals.NothingInState: nothing of this payer is in that state.
    :raises domains.payers.refusals.MoreThanStands: less is.
    :raises domains.payers.refusals.NotAcceptedByThen: less was accepted on the day of booking.
    :raises domains.payers.refusals.YearStillOpen: the year of the claim is open; book in it.
    :raises domains.payers.refusals.YearOfCostsClosed: that year is closed.
    """
    held, known = await _held(connection, instruction=instruction, item=item)
    changes = rules.decide_write_off(held, given_up)
    book = Book(
        instruction=instruction,
        item=held,
        reason=given_up.reason,
        decision=given_up.decision,
        booking_date=booking_date,
        document=given_up.decision,
        rule_version=known.rules.version,
    )
    entries: list[UUID] = []
    if given_up.state is PayerState.ACCEPTED:
        unpaid = await _claims(connection, book, changes)
        entries = await _give_up(connection, book, unpaid, known=known)
    book.change(changes, entries=entries)
    return await book.write(connection)


async def _held(
    connection: AsyncConnection, *, instruction: Instruction, item: UUID
) -> tuple[PayerItem, Dossier]:
    """Take the turn of the family, and read the item and what its draw knows."""
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    draw = await draw_of_item(connection, gemeente=gemeente, item=item)
    known = await dossier(connection, gemeente=gemeente, today=instruction.today, draws=[draw])
    return await payer_item(connection, gemeente=gemeente, item=item), known


async def _check_after_claim(
    connection: AsyncConnection,
    instruction: Instruction,
    held: PayerItem,
    *,
    payer: str,
    booking_date: date,
) -> None:
    """Refuse to book an acceptance before the advance was booked and the payer was asked."""
    if booking_date >= instruction.today:
        return
    claimed_on = await claimed_since(
        connection, gemeente=instruction.gemeente, item=held.advance.id, payer=payer
    )
    check_booking_date(
        booking_date,
        earliest=rules.earliest_acceptance(held, claimed_on=claimed_on),
        since="toen is de voorfinanciering geboekt en de claim gedaan",
        today=instruction.today,
    )


async def _accept_outside(
    connection: AsyncConnection, book: Book, changes: Sequence[Change], *, debtor: str
) -> None:
    """Claim what an outside payer accepts: its costs go, or it is revenue of a later year."""
    gemeente, advance = book.instruction.gemeente, book.item.advance
    part, payer = advance.part, changes[0].payer
    amount_cents = sum(each.amount_cents for each in changes)
    rules.check_delivered(
        book.item,
        payer=payer,
        amount_cents=amount_cents,
        accepted_late_cents=await accepted_late_cents(
            connection, gemeente=gemeente, item=advance.id
        ),
    )
    booking_date = book.booking_date
    kind = "betaler-aanvaardt"
    if await _costs_come_down(connection, book, part.fund):
        returned = payer_entries.returned_moves(
            gemeente, advance, spent_cents=amount_cents, reserved_cents=0
        )
        claimed = payer_entries.claim_move(
            gemeente, part, payer=payer, debtor=debtor, amount_cents=amount_cents
        )
        entries = [book.add(returned, kind=kind), book.add([claimed], kind=kind)]
        book.settle(entries[0], spent_cents=amount_cents, reserved_cents=0)
    else:
        source = chart.source_of(part.fund)
        fund = chart.fund(source, booking_date.year)
        await add_funds(connection, gemeente=gemeente, funds={fund: source}, year=booking_date.year)
        claimed = payer_entries.late_claim_move(
            gemeente, part, fund=fund, payer=payer, debtor=debtor, amount_cents=amount_cents
        )
        entries = [book.add([claimed], kind=kind)]
    book.change(changes, entries=entries)


async def _accept_by_fund(
    connection: AsyncConnection,
    book: Book,
    changes: Sequence[Change],
    *,
    acceptance: Acceptance,
    known: Dossier,
) -> None:
    """Let a fund of ours take over: settle what was delivered, re-cover what was not."""
    await _check_same_year(connection, book, book.item.part.fund)
    judged = _segments(book, acceptance=acceptance, known=known)
    portions = rules.portions_of(
        book.item,
        payer=acceptance.payer,
        amount_cents=sum(each.amount_cents for each in changes),
        segments=judged,
    )
    shares = rules.pay_portions(
        book.item,
        portions=portions,
        rooms=await _rooms(connection, book, portions),
        shortage_rule=judged[0].shortage.rule_id,
    )
    pieces: list[tuple[PayerState, int]] = []
    booked: list[list[UUID]] = []
    for share in shares:
        for state, cents, entries in _take_over(book, share):
            pieces.append((state, cents))
            booked.append(entries)
    for own, entries in zip(rules.spread(changes, pieces), booked, strict=True):
        book.change(own, entries=entries)


def _take_over(book: Book, share: Share) -> list[tuple[PayerState, int, list[UUID]]]:
    """Book what one fund takes over from one place; gives what it makes of the item."""
    gemeente, advance = book.instruction.gemeente, book.item.advance
    if share.part.fund == advance.part.fund:
        # There is no room to pay from, so it stays the shortage that it is.
        return [(PayerState.STAYS, share.part.amount_cents, [])]
    days = (share.part.from_date, share.part.until_date)
    moves = (
        *payer_entries.returned_moves(
            gemeente,
            advance,
            spent_cents=share.spent_cents,
            reserved_cents=share.reserved_cents,
        ),
        *payer_entries.taken_over_moves(gemeente, share, draw_id=advance.draw),
    )
    entry = book.add(moves, kind="betaler-aanvaardt", days=days)
    book.settle(entry, spent_cents=share.spent_cents, reserved_cents=share.reserved_cents)
    book.take_over(share, entry)
    found = []
    if share.spent_cents:
        costs = payer_entries.settlement_moves(
            gemeente,
            share,
            given_up=payer_entries.costs_of(gemeente, advance.part),
        )
        settled = book.add(costs, kind="betaler-aanvaardt", days=days)
        found.append((PayerState.ACCEPTED, share.spent_cents, [entry, settled]))
    if share.reserved_cents:
        found.append((PayerState.SETTLED, share.reserved_cents, [entry]))
    return found


async def _give_up(
    connection: AsyncConnection,
    book: Book,
    unpaid: Sequence[tuple[Account, int]],
    *,
    known: Dossier,
) -> list[UUID]:
    """Book that claims are not paid: costs again of the fund that advanced, or less revenue."""
    gemeente, part = book.instruction.gemeente, book.item.part
    for fund in sorted({account.colour for account, _ in unpaid}):
        await _check_same_year(connection, book, fund)
    kind = "betaler-afgeboekt"
    entries = [
        book.add(
            [
                Move(
                    debit=payer_entries.revenue_of(gemeente, part, fund=account.colour),
                    credit=account,
                    amount_cents=cents,
                )
            ],
            kind=kind,
        )
        for account, cents in unpaid
        if account.colour != part.fund
    ]
    portions = [
        (
            account,
            Portion(
                from_date=part.from_date,
                until_date=part.until_date,
                source=chart.source_of(part.fund),
                rule=part.rule,
                standing=PartStanding.POOL,
                spent_cents=cents,
                reserved_cents=0,
            ),
        )
        for account, cents in unpaid
        if account.colour == part.fund
    ]
    if not portions:
        return entries
    own = Acceptance(payer=chart.source_of(part.fund))
    shortage_rule = _segments(book, acceptance=own, known=known)[0].shortage.rule_id
    rooms = await _rooms(connection, book, [portion for _, portion in portions])
    for account, portion in portions:
        shares = rules.pay_portions(
            book.item, portions=[portion], rooms=rooms, shortage_rule=shortage_rule
        )
        for share in shares:
            days = (share.part.from_date, share.part.until_date)
            taken = payer_entries.taken_over_moves(gemeente, share, draw_id=book.item.advance.draw)
            costs = payer_entries.settlement_moves(gemeente, share, given_up=account)
            entry = book.add(payer_entries.as_before(taken), kind=kind, days=days)
            book.take_over(share, entry)
            costs_entry = book.add(payer_entries.as_before(costs), kind=kind, days=days)
            entries += [entry, costs_entry]
            if share.part.place is not Place.SHORTAGE:
                # The next claim finds only what this one left.
                rooms[share.part.fund, share.part.place] -= share.spent_cents
    return entries


def _segments(book: Book, *, acceptance: Acceptance, known: Dossier) -> tuple[Segment, ...]:
    """Judge the days that a fund accepts, with what is known about the case by now."""
    part, draw = book.item.part, known.draws[book.item.advance.draw]
    members = known.families[book.item.family].members
    return segments(
        acceptance.from_date or part.from_date,
        acceptance.until_date or part.until_date,
        kind=help_kind(book.item.kind, KINDS),
        birth_date=next(each.birth_date for each in members if each.person == part.person),
        facts=tuple(sorted({**dict(draw.request.facts), **dict(acceptance.facts)}.items())),
        sources=[acceptance.payer],
        rules=known.rules,
    )


async def _rooms(
    connection: AsyncConnection, book: Book, portions: Sequence[Portion]
) -> dict[tuple[str, Place], int]:
    """Lock the room of whoever takes over, and read it.

    The place that the advance gives back to is locked too, in the same call: a draw locks both,
    and order prevents a deadlock.
    """
    gemeente, part = book.instruction.gemeente, book.item.part
    places = {
        (fund, place): account.id
        for fund in {chart.fund(each.source, each.from_date.year) for each in portions}
        for place, account in _places(gemeente, part, fund).items()
    }
    accounts = {*places.values(), place_account(gemeente, part).id}
    await books.lock_accounts(connection, gemeente=gemeente, accounts=sorted(accounts))
    held = await balances.current(connection, gemeente=gemeente, accounts=list(places.values()))
    return {key: held[account] for key, account in places.items()}


def _places(gemeente: str, part: Part, fund: str) -> Mapping[Place, Account]:
    """Name the accounts on which a fund may have room for this family."""
    if chart.source_of(fund) == chart.SHORTAGE_SOURCE:
        return {}
    return {
        Place.FAMILY: chart.family(gemeente, fund, gezin=str(part.gezin)),
        Place.DISTRICT: chart.district(gemeente, fund, wijk=part.wijk),
        Place.FREE: chart.free(gemeente, fund),
    }


async def _costs_come_down(connection: AsyncConnection, book: Book, fund: str) -> bool:
    return rules.check_year(
        fund, booking_date=book.booking_date, is_open=await _is_open(connection, book, fund)
    )


async def _check_same_year(connection: AsyncConnection, book: Book, fund: str) -> None:
    rules.check_same_year(
        fund, booking_date=book.booking_date, is_open=await _is_open(connection, book, fund)
    )


async def _is_open(connection: AsyncConnection, book: Book, fund: str) -> bool:
    """Tell whether the year of a fund is open for what is recorded now."""
    return await balances.is_open(
        connection,
        gemeente=book.instruction.gemeente,
        day=date(chart.year_of(fund), 12, 31),
        at=book.instruction.at,
    )


async def _claims(
    connection: AsyncConnection, book: Book, changes: Sequence[Change]
) -> list[tuple[Account, int]]:
    """Give the claims that are paid or given up, which are there on the day of booking."""
    gemeente, item = book.instruction.gemeente, book.item.advance.id
    payer, day = changes[0].payer, book.booking_date
    owed = await claims_of(connection, gemeente=gemeente, item=item, payer=payer)
    by_then = await claims_of(connection, gemeente=gemeente, item=item, payer=payer, on=day)
    taken = _first(owed, changes[0].amount_cents)
    rules.check_accepted_by_then(taken, owed_by_then=dict(by_then), payer=payer, day=day)
    return taken


def _first(owed: Sequence[tuple[Account, int]], amount_cents: int) -> list[tuple[Account, int]]:
    """Take an amount from what is owed, account after account."""
    found = []
    for account, cents in owed:
        taken = min(amount_cents, cents)
        if taken > 0:
            found.append((account, taken))
            amount_cents -= taken
    return found
