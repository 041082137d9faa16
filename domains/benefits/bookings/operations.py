"""Keeping studies, and booking, forecasting and signing domain benefits.

Every line rests on an estimate; a line is never changed, only booked back and booked anew.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.blocks import Block, by_payer, divided
from domains.benefits.bookings.model import (
    ForecastOrder,
    Holder,
    KeptBlock,
    KeptEstimate,
    KeptStudy,
    Key,
    Line,
    Signature,
    Signing,
    State,
)
from domains.benefits.bookings.queries import (
    holders_on,
    kept_blocks,
    kept_estimates,
    kept_study,
    lines_beside,
    lines_of_estimates,
    lines_of_plan,
    newest_study,
    other_claim,
    realised_of,
    signatures,
)
from domains.benefits.bookings.recording import (
    Book,
    add_row,
    write_blocks,
    write_forecast,
    write_study,
)
from domains.benefits.bookings.refusals import (
    MeasuredAlready,
    NothingToSign,
    OverlappingStudies,
    PlanStands,
    StudyOfOlderBooks,
)
from domains.benefits.bookings.rules import (
    amounts_of,
    check_bookable,
    check_forecast,
    check_signing,
    contributors_of,
    forecast_blocks,
    moved,
    state_of,
    still_to_sign,
    terms_of,
)
from domains.benefits.policy_domains import check_codes
from domains.benefits.studies import Study
from domains.instruction import (
    AlreadyAnsweredError,
    Instruction,
    record,
    refuse_repetition,
    take_turns,
)
from ledger.balances import JournalEntry, find_entries


async def record_study(
    connection: AsyncConnection, *, instruction: Instruction, plan_id: UUID, study: Study
) -> tuple[UUID, ...]:
    """Keep a study of a plan with its estimates and blocks; gives its id.

    The same data by the same method as the newest study changes nothing: that one is the answer.

    :raises AlreadyAnsweredError: with the id of the study that stands.
    :raises StudyOfOlderBooks: the newest study knows later entries.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"analyseplan {plan_id}"])
    newest = await newest_study(connection, gemeente=gemeente, plan=plan_id)
    if newest is not None:
        if (newest.data_hash, newest.method) == (study.data_hash, study.method):
            raise AlreadyAnsweredError((newest.id,))
        if study.chain_number < newest.chain_number:
            raise StudyOfOlderBooks(chain_number=study.chain_number, newest=newest.chain_number)
    study_id = instruction.new_id()
    await write_study(
        connection,
        instruction=instruction,
        study=study,
        study_id=study_id,
        plan_id=plan_id,
        number=newest.number + 1 if newest else 1,
        supersedes=newest.id if newest else None,
    )
    await record(connection, instruction=instruction, results=[study_id])
    return (study_id,)


async def book_study(
    connection: AsyncConnection, *, instruction: Instruction, study_id: UUID
) -> tuple[UUID, ...]:
    """Book the newest study of a plan; gives its id.

    What stands of earlier studies of the plan is booked back, also what was signed, and what was
    expected of the same families, domains and quarters is released. What was realised stays and
    counts in. A study that stands already changes nothing.

    :raises AlreadyAnsweredError: it is booked.
    :raises domains.benefits.bookings.refusals.StudyUnknown: there is no such study.
    :raises domains.analysis_plans.rules.PlanWithdrawn: its plan was withdrawn.
    :raises domains.benefits.bookings.refusals.StudySuperseded: a later study stands.
    :raises OverlappingStudies: another plan claims the same.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    study = await kept_study(connection, gemeente=gemeente, study=study_id)
    check_bookable(study)
    if study.is_booked:
        raise AlreadyAnsweredError((study_id,))
    claim = await other_claim(connection, gemeente=gemeente, study=study)
    if claim is not None:
        raise OverlappingStudies(title=claim[0], receiver=claim[1], period=claim[2])
    estimates = await kept_estimates(connection, gemeente=gemeente, study=study_id)
    blocks = await kept_blocks(connection, gemeente=gemeente, estimates=[*estimates])
    book = Book(instruction=instruction)
    keys = [_key(each.block) for each in blocks]
    reason = f"Herzien door effectstudie {study.number}"
    await _take_back(connection, book, study, keys, reason=reason)
    realised = await realised_of(
        connection, gemeente=gemeente, receivers=sorted({each.block.receiver for each in blocks})
    )
    for each in blocks:
        key = _key(each.block)
        _bring(book, each, estimates[each.estimate_id], realised=realised.get(key, {}))
    await book.record(connection, results=[study_id])
    return (study_id,)


async def take_back_plan(
    connection: AsyncConnection, *, instruction: Instruction, plan_id: UUID
) -> tuple[UUID, ...]:
    """Book back all that stands of a withdrawn plan, apart from what was realised; gives its id.

    :raises PlanStands: it was not withdrawn, or has no study.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    newest = await newest_study(connection, gemeente=gemeente, plan=plan_id)
    if newest is None or not newest.withdrawn:
        raise PlanStands(plan=str(plan_id))
    book = Book(instruction=instruction)
    await _take_back(connection, book, newest, [], reason="Analyseplan ingetrokken")
    await book.record(connection, results=[plan_id])
    return (plan_id,)


async def book_forecasts(
    connection: AsyncConnection, *, instruction: Instruction, forecasts: Sequence[ForecastOrder]
) -> tuple[UUID, ...]:
    """Book what is expected, all or nothing; gives an estimate per forecast.

    A forecast takes the place of one for the same intervention, cohort, domain and quarter.

    :raises domains.benefits.bookings.refusals.InvalidForecast: one of them is not one.
    :raises MeasuredAlready: a quarter of one was measured.
    """
    await refuse_repetition(connection, instruction=instruction)
    for each in forecasts:
        check_forecast(each)
    gemeente = instruction.gemeente
    await _in_turn(connection, gemeente)
    kept = {instruction.new_id(): (order, forecast_blocks(order)) for order in forecasts}
    keys = [_key(block) for _, blocks in kept.values() for block in blocks]
    standing = await lines_beside(connection, gemeente=gemeente, keys=keys, states=[*State])
    measured = [each for each in standing if each.state is not State.EXPECTED]
    if measured:
        key = measured[0].key
        raise MeasuredAlready(receiver=key.receiver, cohort=key.cohort, period=key.period)
    book = Book(instruction=instruction)
    replaced = [each for each in standing if each.key in set(keys)]
    for line, entry in await _with_entries(connection, gemeente, replaced):
        book.end(line, entry, reason="Vervangen door een nieuwere raming")
    for estimate_id, (order, blocks) in kept.items():
        total = sum(block.saving_cents for block in blocks)
        await write_forecast(
            connection,
            instruction=instruction,
            estimate_id=estimate_id,
            exposure=(order.intervention,),
            domain=order.receiver,
            grade=order.grade,
            saving_cents=total,
            terms=terms_of(order),
        )
        parts = [
            KeptBlock(id=instruction.new_id(), estimate_id=estimate_id, block=block)
            for block in blocks
        ]
        await write_blocks(connection, instruction=instruction, blocks=parts)
        estimate = KeptEstimate(
            id=estimate_id,
            study_id=None,
            number=1,
            exposure=(order.intervention,),
            domain=order.receiver,
            grade=order.grade,
            counterfactual_cents=0,
            saving_cents=total,
        )
        for part in parts:
            _bring(book, part, estimate, realised={})
    await book.record(connection, results=[*kept])
    return (*kept,)


async def sign(
    connection: AsyncConnection, *, instruction: Instruction, signings: Sequence[Signing]
) -> tuple[UUID, ...]:
    """Sign for sides of estimates, all or nothing; gives an id per signature.

    With the last signature of an estimate its measured lines become signed ones.

    :raises NothingToSign: an estimate has no measured lines.
    :raises ledger.refusals.Refusal: one of :func:`domains.benefits.bookings.rules.check_signing`.
    """
    await refuse_repetition(connection, instruction=instruction)
    gemeente, actor = instruction.gemeente, instruction.actor
    await _in_turn(connection, gemeente)
    asked = list(dict.fromkeys(each.estimate_id for each in signings))
    estimates = await kept_estimates(connection, gemeente=gemeente, ids=asked)
    lines = await lines_of_estimates(
        connection, gemeente=gemeente, estimates=asked, state=State.MEASURED
    )
    standing: dict[UUID, list[tuple[Line, JournalEntry]]] = {}
    for line, entry in await _with_entries(connection, gemeente, lines):
        standing.setdefault(line.estimate_id, []).append((line, entry))
    signed = list(await signatures(connection, gemeente=gemeente, estimates=asked))
    holders = await holders_on(connection, gemeente=gemeente, day=instruction.today)
    contributors = {
        each: contributors_of([entry for _, entry in found]) for each, found in standing.items()
    }
    for each in signings:
        if each.estimate_id not in standing:
            raise NothingToSign(estimate=str(each.estimate_id))
        check_signing(
            each,
            estimate=estimates[each.estimate_id],
            contributors=contributors[each.estimate_id],
            holders=holders,
            signed=[one for one in signed if one.estimate_id == each.estimate_id],
            actor=actor,
        )
        signed.append(
            Signature(
                estimate_id=each.estimate_id,
                side=each.side,
                domain=each.domain,
                actor=actor.subject,
                signed_at=instruction.at,
            )
        )
    ids = [
        await add_row(
            connection,
            "INSERT INTO domains.benefit_signature (gemeente, estimate_id, side, domain, actor,"
            " signed_at) VALUES (%(gemeente)s, %(estimate)s, %(side)s, %(domain)s, %(actor)s,"
            " %(at)s) RETURNING signature_id",
            instruction=instruction,
            said={
                "estimate": each.estimate_id,
                "side": each.side.value,
                "domain": each.domain,
            },
        )
        for each in signings
    ]
    book = Book(instruction=instruction)
    for estimate_id in asked:
        estimate = estimates[estimate_id]
        if still_to_sign(
            estimate,
            contributors=contributors[estimate_id],
            signed=[each for each in signed if each.estimate_id == estimate_id],
        ):
            continue
        for line, entry in standing[estimate_id]:
            book.end(line, entry, reason="Bekrachtigd")
            book.bring(
                moved(gemeente, entry, estimate=estimate, to=State.SIGNED),
                block_id=line.block_id,
                estimate_id=estimate_id,
                key=line.key,
                state=State.SIGNED,
            )
    await book.record(connection, results=ids)
    return tuple(ids)


async def name_holders(
    connection: AsyncConnection, *, instruction: Instruction, holders: Sequence[Holder]
) -> tuple[UUID, ...]:
    """Record who holds the budget of domains; the latest of a domain holds from its first day.

    :raises domains.benefits.policy_domains.UnknownDomain: one is no domain.
    """
    await refuse_repetition(connection, instruction=instruction)
    check_codes(each.domain for each in holders)
    gemeente = instruction.gemeente
    await take_turns(connection, of=[f"budgethouders {gemeente}"])
    ids = [
        await add_row(
            connection,
            "INSERT INTO domains.benefit_holder (gemeente, domain, number, subject, from_date,"
            " decision, recorded_at, actor)"
            " SELECT %(gemeente)s, %(domain)s, coalesce(max(number), 0) + 1, %(subject)s,"
            " %(from_date)s, %(decision)s, %(at)s, %(actor)s FROM domains.benefit_holder"
            " WHERE gemeente = %(gemeente)s AND domain = %(domain)s RETURNING holder_id",
            instruction=instruction,
            said={
                "domain": each.domain,
                "subject": each.subject,
                "from_date": each.from_date,
                "decision": each.decision.strip(),
            },
        )
        for each in holders
    ]
    await record(connection, instruction=instruction, results=ids)
    return tuple(ids)


async def _in_turn(connection: AsyncConnection, gemeente: str) -> None:
    """Let one request at a time change the lines of a municipality."""
    await take_turns(connection, of=[f"domeinbaten {gemeente}"])


async def _take_back(
    connection: AsyncConnection,
    book: Book,
    study: KeptStudy,
    keys: Sequence[Key],
    *,
    reason: str,
) -> None:
    """Book back what earlier studies of the plan brought, and what was expected beside them.

    What was realised has left what was signed by an entry of its own: that one is booked back too,
    and the realised line itself stays.
    """
    gemeente = book.instruction.gemeente
    older = await lines_of_plan(connection, gemeente=gemeente, plan=study.plan_id)
    expected = await lines_beside(connection, gemeente=gemeente, keys=keys, states=[State.EXPECTED])
    ended = {each.id: each for each in older if each.state is not State.REALISED}
    released = {each.id: each for each in expected if each.id not in ended}
    for line, entry in await _with_entries(connection, gemeente, [*ended.values()]):
        book.end(line, entry, reason=reason)
    for line, entry in await _with_entries(connection, gemeente, [*released.values()]):
        book.end(line, entry, reason="Gemeten, dus niet meer verwacht")
    taken = [each.taken_by for each in older if each.taken_by is not None]
    for entry in await find_entries(connection, gemeente=gemeente, entries=taken):
        if entry.reversed_by is None:
            book.reverse(entry, reason=reason)


def _bring(
    book: Book, kept: KeptBlock, estimate: KeptEstimate, *, realised: dict[str, int]
) -> None:
    """Bring a block into the book in the state that its grade gives."""
    block = kept.block
    if block.worth is None or block.reason is not None:
        return
    state = state_of(estimate.grade)
    book.bring(
        amounts_of(
            book.instruction.gemeente,
            by_payer(divided(block.worth, block.paid)),
            estimate=estimate,
            state=state,
            realised=realised,
        ),
        block_id=kept.id,
        estimate_id=estimate.id,
        key=_key(block),
        state=state,
    )


async def _with_entries(
    connection: AsyncConnection, gemeente: str, lines: Sequence[Line]
) -> list[tuple[Line, JournalEntry]]:
    """Give lines with the entries that brought them, as they stand in the books."""
    found = await find_entries(
        connection, gemeente=gemeente, entries=[each.entry_id for each in lines]
    )
    by_id = {each.id: each for each in found}
    return [(each, by_id[each.entry_id]) for each in lines]


def _key(block: Block) -> Key:
    return Key(
        cohort=block.cohort,
        exposure=block.exposure,
        receiver=block.receiver,
        period=block.period,
    )
