"""Moving money: the council's budget, shifts, the complex reserve and district budgets."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.districts.queries import district, districts
from domains.districts.rules import UnknownDistrict
from domains.draws.recording import reverse_parts
from domains.draws.refusals import SameHelpTwice
from domains.draws.rules import check_booking_date
from domains.eligibility.catalogue import KINDS
from domains.eligibility.rules import help_kind
from domains.instruction import Instruction, record, refuse_repetition, take_turns
from domains.payers.following import take_back_steps
from domains.plain_entries import check_reversible
from domains.pooling import rules
from domains.pooling.model import CouncilLine, FundAmount
from domains.standard_entries import (
    Heading,
    Move,
    council_moves,
    entry_for_moves,
    entry_for_reversal,
    shift_moves,
)
from ledger import balances, books
from ledger.accounts import Account
from ledger.reading import rows


async def book_council_budget(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    year: int,
    lines: Sequence[CouncilLine],
    decision: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Book what the council authorised by hand; gives the entry.

    :raises domains.pooling.rules.SourceWithoutBudget: an outside payer, or a shortage.
    """
    await refuse_repetition(connection, instruction=instruction)
    for line in lines:
        rules.check_amount(line.amount_cents)
        rules.check_has_budget(line.source)
    await add_funds(
        connection,
        gemeente=instruction.gemeente,
        funds={chart.fund(line.source, year): line.source for line in lines},
        year=year,
    )
    return await _record_moves(
        connection,
        council_moves(instruction.gemeente, year, lines),
        instruction=instruction,
        booking_date=booking_date,
        kind="begroting",
        description=f"Begroting {year}",
        document=decision,
    )


async def shift(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    year: int,
    from_line: CouncilLine,
    to_line: CouncilLine,
    decision: str,
    booking_date: date,
) -> tuple[UUID, ...]:
    """Shift authorisation from one source to another (begrotingswijziging); gives the entry.

    ``from_line`` and ``to_line`` carry the same amount.

    :raises domains.pooling.rules.NotEnoughRoom: the giving fund has less free, or the programme
        that gives has less authorised for this taakveld.
    :raises ValueError: the amounts differ.
    """
    await refuse_repetition(connection, instruction=instruction)
    if from_line.amount_cents != to_line.amount_cents:
        raise ValueError(from_line.amount_cents, to_line.amount_cents)
    rules.check_amount(from_line.amount_cents)
    from_fund = chart.fund(from_line.source, year)
    to_fund = chart.fund(to_line.source, year)
    rules.check_shift(
        from_fund=from_fund,
        to_fund=to_fund,
        from_programme=from_line.programme,
        to_programme=to_line.programme,
        decision=decision,
    )
    await add_funds(
        connection, gemeente=instruction.gemeente, funds={to_fund: to_line.source}, year=year
    )
    moves = shift_moves(instruction.gemeente, from_line=from_line, to_line=to_line, year=year)
    await _check_moves(connection, instruction, "de vrije ruimte", moves[:1], and_touches=moves[1:])
    await _check_authorised(connection, instruction, from_line, account=moves[0].debit)
    return await _record_moves(
        connection,
        moves,
        instruction=instruction,
        booking_date=booking_date,
        kind="verschuiving",
        description=f"Verschuiving van {from_fund} naar {to_fund}",
        document=decision,
    )


async def set_complex_reserve(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    amounts: Sequence[FundAmount],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Set money apart for the most complex families, inside each fund; gives the entry."""
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    moves = []
    for amount in amounts:
        rules.check_amount(amount.amount_cents)
        rules.check_pooled(amount.fund)
        moves.append(
            Move(
                debit=chart.complex_reserve(gemeente, amount.fund),
                credit=chart.free(gemeente, amount.fund),
                amount_cents=amount.amount_cents,
            )
        )
    await _check_moves(connection, instruction, "de vrije ruimte", moves)
    return await _record_moves(
        connection,
        moves,
        instruction=instruction,
        booking_date=booking_date,
        kind="complexe-gezinnen",
        description="Apart gezet voor de meest complexe gezinnen",
    )


async def fill_districts(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    amounts: Mapping[str, Sequence[FundAmount]],
    booking_date: date,
    explanation: str,
) -> tuple[UUID, ...]:
    """Fill district budgets by hand: amounts per fund for each district; gives the entry.

    :raises domains.districts.rules.UnknownDistrict: money would go where nobody can spend it.
    :raises domains.pooling.rules.NotEnoughRoom: a fund has less free.
    """
    await refuse_repetition(connection, instruction=instruction)
    known = {each.code for each in await districts(connection, gemeente=instruction.gemeente)}
    for wijk in sorted(amounts.keys() - known):
        raise UnknownDistrict(district=wijk)
    moves = _district_moves(instruction.gemeente, amounts)
    await _check_moves(connection, instruction, "de vrije ruimte", moves)
    return await _record_moves(
        connection,
        moves,
        instruction=instruction,
        booking_date=booking_date,
        kind="wijkbudget",
        description=explanation,
    )


async def return_from_district(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    wijk: str,
    amounts: Sequence[FundAmount],
    booking_date: date,
) -> tuple[UUID, ...]:
    """Give money of a district budget back to the free room; gives the entry.

    :raises domains.districts.rules.UnknownDistrict: there is no such district.
    :raises domains.pooling.rules.NotEnoughRoom: the district has less of a fund.
    """
    await refuse_repetition(connection, instruction=instruction)
    await district(connection, gemeente=instruction.gemeente, code=wijk)
    moves = [
        Move(debit=move.credit, credit=move.debit, amount_cents=move.amount_cents)
        for move in _district_moves(instruction.gemeente, {wijk: amounts})
    ]
    await _check_moves(connection, instruction, f"wijkbudget {wijk}", moves)
    return await _record_moves(
        connection,
        moves,
        instruction=instruction,
        booking_date=booking_date,
        kind="wijkbudget-terug",
        description=f"Terug uit wijkbudget {wijk}",
    )


async def reverse(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    entry: UUID,
    booking_date: date,
    reason: str,
) -> tuple[UUID, ...]:
    """Reverse an entry by its mirror image, once; gives the reversal.

    What was booked together for one decision is reversed together, so that the costs of a draw
    never stay behind when its budget comes back: then the other reversals follow in the answer.

    :raises ledger.books.UnknownEntry: there is no such entry in this gemeente.
    :raises ledger.books.AlreadyReversed: it was reversed before.
    :raises ledger.books.BelowFloor: what it gave was used in the meantime.
    :raises domains.draws.refusals.SameHelpTwice: a draw would stand again beside the same help.
    :raises domains.draws.refusals.UsedSince: the money of a draw was used since.
    :raises domains.payers.refusals.SettledSince: an advance went on to its payer since.
    :raises domains.plain_entries.AccountNotFree: it is a domain benefit.
    :raises domains.draws.refusals.BookedTooEarly: it would be booked before the entry was.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    found = await balances.find_entries(connection, gemeente=gemeente, entries=[entry])
    if not found:
        raise books.UnknownEntry(entry=str(instruction.new_id()), reverses=str(entry))
    check_reversible(found[0])
    check_booking_date(
        booking_date,
        earliest=found[0].booking_date,
        since="op die dag staat de boeking zelf",
        today=instruction.today,
    )
    draw = found[0].decision
    if draw is not None:
        await _refuse_second_help(connection, gemeente, draw=draw)
    others = await _booked_with(connection, gemeente, found[0])
    reversals = [
        entry_for_reversal(
            each, entry_id=instruction.new_id(), booking_date=booking_date, reason=reason
        )
        for each in (*found, *others)
    ]
    results = [reversal.id for reversal in reversals]
    if draw is None:
        await take_back_steps(
            connection,
            instruction=instruction,
            entries=[entry],
            reversals=results,
            reason="tegenboeking",
        )
    else:
        await reverse_parts(
            connection,
            instruction=instruction,
            draw=draw,
            reversals=[
                (each.id, reversal)
                for each, reversal in zip((*found, *others), results, strict=True)
                if each.reversed_by is None
            ],
        )
    await record(connection, instruction=instruction, results=results, entries=reversals)
    return tuple(results)


async def add_funds(
    connection: AsyncConnection, *, gemeente: str, funds: Mapping[str, str], year: int
) -> None:
    """Note the funds that exist now: fund code and source."""
    for fund_code, source_code in sorted(funds.items()):
        await connection.exec_driver_sql(
            "INSERT INTO domains.fund (gemeente, fund, source, year) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (gemeente, fund_code, source_code, year),
        )


async def _booked_with(
    connection: AsyncConnection, gemeente: str, entry: balances.JournalEntry
) -> tuple[balances.JournalEntry, ...]:
    """Give the other entries that one decision booked in the same link of the chain.

    Each delivery in a list is one thing, and so is each decision that covers other days for one;
    what they are stands in the metadata of their entries.
    """
    if entry.decision is None:
        return ()
    others = await rows(
        connection,
        "SELECT entry_id FROM ledger.entry WHERE gemeente = %s AND chain_number = %s"
        " AND decision = %s AND entry_id <> %s"
        " AND metadata ->> 'levering' IS NOT DISTINCT FROM %s"
        " AND metadata ->> 'besluit_sha256' IS NOT DISTINCT FROM %s",
        (
            gemeente,
            entry.chain_number,
            entry.decision,
            entry.id,
            *(dict(entry.metadata).get(name) for name in ("levering", "besluit_sha256")),
        ),
    )
    return await balances.find_entries(
        connection, gemeente=gemeente, entries=[other[0] for other in others]
    )


async def _refuse_second_help(connection: AsyncConnection, gemeente: str, *, draw: UUID) -> None:
    """Refuse to let a reversed draw stand again when the same help was granted since.

    Whoever changes a draw takes the turn of its family first.
    """
    own = await rows(
        connection,
        "SELECT budget.family_id FROM domains.draw JOIN domains.family_budget AS budget"
        " USING (gemeente, family_budget_id) WHERE gemeente = %s AND draw_id = %s",
        (gemeente, draw),
    )
    await take_turns(connection, of=[str(row.family_id) for row in own])
    found = await rows(
        connection,
        "SELECT other.kind, other.from_date, other.stands_until, (SELECT person"
        " FROM unnest(own.persons) AS person WHERE person = ANY (other.persons) LIMIT 1) AS person"
        " FROM domains.standing_draw AS own"
        " JOIN domains.draw_decision AS latest ON latest.gemeente = own.gemeente"
        " AND latest.draw_id = own.draw_id AND latest.number = own.number"
        " JOIN domains.standing_draw AS other ON other.gemeente = own.gemeente"
        " AND other.persons && own.persons AND other.help_key = own.help_key"
        " AND other.draw_id <> own.draw_id"
        " AND other.from_date < latest.until_date AND own.from_date < other.stands_until"
        " AND other.from_date < other.stands_until"
        " WHERE own.gemeente = %s AND own.draw_id = %s AND own.is_reversed",
        (gemeente, draw),
    )
    for other in found:
        raise SameHelpTwice(
            kind=help_kind(other.kind, KINDS).name,
            person=other.person,
            from_date=other.from_date,
            until_date=other.stands_until,
        )


def _district_moves(gemeente: str, amounts: Mapping[str, Sequence[FundAmount]]) -> tuple[Move, ...]:
    moves = []
    for wijk, funds in sorted(amounts.items()):
        for amount in funds:
            rules.check_amount(amount.amount_cents)
            rules.check_pooled(amount.fund)
            moves.append(
                Move(
                    debit=chart.district(gemeente, amount.fund, wijk=wijk),
                    credit=chart.free(gemeente, amount.fund),
                    amount_cents=amount.amount_cents,
                )
            )
    return tuple(moves)


async def _check_moves(
    connection: AsyncConnection,
    instruction: Instruction,
    place: str,
    moves: Sequence[Move],
    *,
    and_touches: Sequence[Move] = (),
) -> None:
    """Refuse in words what the books would refuse by account number.

    Locks the accounts that receive too, and those of the moves that the entry makes besides, in
    one call: whoever moves money the other way locks the same ones, and order prevents a deadlock.
    """
    needed: dict[Account, int] = {}
    for move in moves:
        needed[move.credit] = needed.get(move.credit, 0) + move.amount_cents
    touched = {
        account.id for move in (*moves, *and_touches) for account in (move.debit, move.credit)
    }
    gemeente = instruction.gemeente
    await books.lock_accounts(connection, gemeente=gemeente, accounts=sorted(touched))
    rooms = await balances.current(
        connection, gemeente=gemeente, accounts=[account.id for account in needed]
    )
    for account, amount_cents in needed.items():
        rules.check_room(
            fund=account.colour,
            place=place,
            room_cents=rooms[account.id],
            amount_cents=amount_cents,
        )


async def _check_authorised(
    connection: AsyncConnection, instruction: Instruction, line: CouncilLine, *, account: Account
) -> None:
    """Refuse to take from a programme what the council never gave it."""
    found = await balances.current(connection, gemeente=instruction.gemeente, accounts=[account.id])
    rules.check_room(
        fund=account.colour,
        place=f"programma {line.programme}, taakveld {line.taakveld},",
        room_cents=-found[account.id],
        amount_cents=line.amount_cents,
    )


async def _record_moves(
    connection: AsyncConnection,
    moves: Sequence[Move],
    *,
    instruction: Instruction,
    booking_date: date,
    kind: str,
    description: str,
    document: str = "",
) -> tuple[UUID, ...]:
    entry, accounts = entry_for_moves(
        moves,
        heading=Heading(
            id=instruction.new_id(),
            booking_date=booking_date,
            kind=kind,
            description=description,
            document=document,
        ),
    )
    await record(
        connection,
        instruction=instruction,
        results=[entry.id],
        entries=[entry],
        accounts=accounts,
    )
    return (entry.id,)
