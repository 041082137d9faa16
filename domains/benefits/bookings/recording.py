"""Writing studies, estimates, blocks and lines, with the entries that bring and end lines.

Nothing is decided here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.blocks import Block, next_quarter
from domains.benefits.bookings.model import KeptBlock, Key, Line, State
from domains.benefits.bookings.queries import seals
from domains.benefits.bookings.rules import Amounts
from domains.benefits.studies import Estimated, Measured, Study
from domains.instruction import Instruction, record
from domains.standard_entries import entry_for_reversal
from ledger.accounts import Account, dimensions
from ledger.balances import JournalEntry
from ledger.entries import Entry, Posting

KIND: Final = "domeinbaat"

_STUDY: Final = """
    INSERT INTO domains.benefit_study (gemeente, study_id, plan_id, number, chain_number, data_hash,
        method, families, months, first_month, left_out, covariance, made_at, actor, supersedes)
    VALUES (%(gemeente)s, %(study_id)s, %(plan_id)s, %(number)s, %(chain_number)s, %(data_hash)s,
        %(method)s, %(families)s, %(months)s, %(first_month)s, %(left_out)s::jsonb, %(covariance)s,
        %(made_at)s, %(actor)s, %(supersedes)s)
"""

_ESTIMATE: Final = """
    INSERT INTO domains.benefit_estimate (gemeente, estimate_id, study_id, number, origin, exposure,
        domain, treated, compared, family_months, actual_cents, counterfactual_cents, saving_cents,
        error_cents, low_cents, high_cents, ratio, log_error, ratio_low, ratio_high, grade, doubts,
        diagnostics, terms, refusal, refusal_text, recorded_at, actor)
    VALUES (%(gemeente)s, %(estimate_id)s, %(study_id)s, %(number)s, %(origin)s, %(exposure)s,
        %(domain)s, %(treated)s, %(compared)s, %(family_months)s, %(actual_cents)s,
        %(counterfactual_cents)s, %(saving_cents)s, %(error_cents)s, %(low_cents)s, %(high_cents)s,
        %(ratio)s, %(log_error)s, %(ratio_low)s, %(ratio_high)s, %(grade)s, %(doubts)s,
        %(diagnostics)s::jsonb, %(terms)s::jsonb, %(refusal)s, %(refusal_text)s, %(recorded_at)s,
        %(actor)s)
"""

_BLOCK: Final = """
    INSERT INTO domains.benefit_block (gemeente, block_id, estimate_id, cohort, exposure, receiver,
        period, interventions, worth, modelled, paid, counterfactual_cents, saving_cents, refusal,
        refusal_text, families, keys)
    VALUES (%(gemeente)s, %(block_id)s, %(estimate_id)s, %(cohort)s, %(exposure)s, %(receiver)s,
        %(period)s, %(interventions)s, %(worth)s::bigint[], %(modelled)s::integer[],
        %(paid)s::jsonb, %(counterfactual_cents)s, %(saving_cents)s, %(refusal)s, %(refusal_text)s,
        %(families)s::uuid[], %(keys)s::bigint[])
"""

_LINE: Final = """
    INSERT INTO domains.benefit_line (gemeente, line_id, block_id, state, cohort, exposure,
        receiver, period, entry_id, settlement_id, taken_by)
    VALUES (%(gemeente)s, %(line_id)s, %(block_id)s, %(state)s, %(cohort)s, %(exposure)s,
        %(receiver)s, %(period)s, %(entry_id)s, %(settlement_id)s, %(taken_by)s)
"""

_END: Final = """
    UPDATE domains.benefit_line AS line SET ended_by = ended.entry_id
    FROM unnest(%s::uuid[], %s::uuid[]) AS ended (line_id, entry_id)
    WHERE line.gemeente = %s AND line.line_id = ended.line_id
"""

_NOTHING: Final[dict[str, Any]] = dict.fromkeys(
    (
        "actual_cents",
        "counterfactual_cents",
        "saving_cents",
        "error_cents",
        "low_cents",
        "high_cents",
        "ratio",
        "log_error",
        "ratio_low",
        "ratio_high",
    )
)


async def write_study(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    study: Study,
    study_id: UUID,
    plan_id: UUID,
    number: int,
    supersedes: UUID | None,
) -> None:
    """Write a study with its estimates and blocks."""
    await connection.exec_driver_sql(
        _STUDY,
        {
            "gemeente": instruction.gemeente,
            "study_id": study_id,
            "plan_id": plan_id,
            "number": number,
            "chain_number": study.chain_number,
            "data_hash": study.data_hash,
            "method": study.method,
            "families": study.families,
            "months": study.months,
            "first_month": study.first_month,
            "left_out": json.dumps(dict(study.left_out)),
            "covariance": study.covariance.ravel().tolist(),
            "made_at": instruction.at,
            "actor": instruction.actor.subject,
            "supersedes": supersedes,
        },
    )
    estimates = [
        (instruction.new_id(), place, each) for place, each in enumerate(study.estimates, 1)
    ]
    await _insert(
        connection,
        _ESTIMATE,
        [
            _estimate_row(each, number=place)
            | _recorded(instruction)
            | {"estimate_id": estimate_id, "study_id": study_id, "origin": "meting", "terms": "{}"}
            for estimate_id, place, each in estimates
        ],
    )
    await write_blocks(
        connection,
        instruction=instruction,
        blocks=[
            KeptBlock(id=instruction.new_id(), estimate_id=estimate_id, block=block)
            for estimate_id, _, each in estimates
            for block in each.blocks
        ],
    )


async def write_forecast(
    connection: AsyncConnection,
    *,
    instruction: Instruction,
    estimate_id: UUID,
    exposure: tuple[str, ...],
    domain: str,
    grade: str,
    saving_cents: int,
    terms: dict[str, object],
) -> None:
    """Write the estimate of a forecast: nothing was measured, so it has terms and no interval."""
    await _insert(
        connection,
        _ESTIMATE,
        [
            _NOTHING
            | _recorded(instruction)
            | {
                "estimate_id": estimate_id,
                "study_id": None,
                "number": 1,
                "origin": "raming",
                "exposure": list(exposure),
                "domain": domain,
                "treated": 0,
                "compared": 0,
                "family_months": 0,
                "saving_cents": saving_cents,
                "grade": grade,
                "doubts": [],
                "diagnostics": "{}",
                "terms": json.dumps(terms),
                "refusal": "",
                "refusal_text": "",
            }
        ],
    )


async def write_blocks(
    connection: AsyncConnection, *, instruction: Instruction, blocks: Sequence[KeptBlock]
) -> None:
    """Write blocks."""
    await _insert(
        connection,
        _BLOCK,
        [
            _block_row(each.block)
            | {
                "gemeente": instruction.gemeente,
                "block_id": each.id,
                "estimate_id": each.estimate_id,
            }
            for each in blocks
        ],
    )


async def add_row(
    connection: AsyncConnection,
    statement: str,
    *,
    instruction: Instruction,
    said: Mapping[str, object],
) -> UUID:
    """Add a row that the database numbers by what it says; gives that number."""
    known = {
        "gemeente": instruction.gemeente,
        "actor": instruction.actor.subject,
        "at": instruction.at,
    }
    answer = await connection.exec_driver_sql(statement, {**known, **said})
    number: UUID = answer.scalar_one()
    return number


@dataclass(slots=True, kw_only=True)
class Book:
    """What one request brings to the book and takes from it."""

    instruction: Instruction
    entries: list[Entry] = field(default_factory=list)
    accounts: dict[UUID, Account] = field(default_factory=dict)
    _lines: list[Line] = field(default_factory=list)
    _ended: dict[UUID, UUID] = field(default_factory=dict)

    def bring(
        self,
        amounts: Amounts,
        *,
        block_id: UUID,
        estimate_id: UUID,
        key: Key,
        state: State,
    ) -> None:
        """Let a block stand in a state, unless there is nothing to stand."""
        if amounts:
            entry_id = self.book(amounts, block_id=block_id, key=key, state=state)
            self._lines.append(
                Line(
                    id=self.instruction.new_id(),
                    block_id=block_id,
                    estimate_id=estimate_id,
                    state=state,
                    key=key,
                    entry_id=entry_id,
                )
            )

    def realise(
        self, line: Line, *, taken: Amounts, kept: Amounts, settlement_id: UUID, document: str
    ) -> None:
        """Let a part of a signed line stand realised, by a decision."""
        taken_by, entry_id = (
            self.book(amounts, block_id=line.block_id, key=line.key, state=state, document=document)
            for amounts, state in ((taken, State.SIGNED), (kept, State.REALISED))
        )
        self._lines.append(
            replace(
                line,
                id=self.instruction.new_id(),
                state=State.REALISED,
                entry_id=entry_id,
                settlement_id=settlement_id,
                taken_by=taken_by,
            )
        )

    def book(
        self, amounts: Amounts, *, block_id: UUID, key: Key, state: State, document: str = ""
    ) -> UUID:
        """Book amounts of a block in a state; gives the id of the entry."""
        self.accounts.update({account.id: account for account in amounts})
        entry = Entry(
            id=self.instruction.new_id(),
            booking_date=self.instruction.today,
            performance_from=key.period,
            performance_until=next_quarter(key.period),
            kind=KIND,
            description=f"Domeinbaat {state}: {key.receiver}, instroom {key.cohort}",
            document=document,
            decision=block_id,
            postings=tuple(
                Posting(account=account.id, amount_cents=cents)
                for account, cents in amounts.items()
            ),
        )
        self.entries.append(entry)
        return entry.id

    def end(self, line: Line, entry: JournalEntry, *, reason: str) -> None:
        """Let a line end by booking its entry back, as it was booked."""
        self._ended[line.id] = self.reverse(entry, reason=reason)

    def reverse(self, entry: JournalEntry, *, reason: str) -> UUID:
        """Book an entry back, from its lines as they stand; gives the id of the reversal."""
        reversal = entry_for_reversal(
            entry,
            entry_id=self.instruction.new_id(),
            booking_date=self.instruction.today,
            reason=reason,
        )
        self.entries.append(reversal)
        return reversal.id

    async def record(self, connection: AsyncConnection, *, results: Sequence[UUID]) -> None:
        """Write the lines and post the entries; the last step of a request."""
        gemeente = self.instruction.gemeente
        if self._ended:
            await connection.exec_driver_sql(
                _END, ([*self._ended], [*self._ended.values()], gemeente)
            )
        await _insert(
            connection,
            _LINE,
            [
                asdict(line.key)
                | {
                    "gemeente": gemeente,
                    "line_id": line.id,
                    "block_id": line.block_id,
                    "state": line.state.value,
                    "exposure": list(line.key.exposure),
                    "entry_id": line.entry_id,
                    "settlement_id": line.settlement_id,
                    "taken_by": line.taken_by,
                }
                for line in self._lines
            ],
        )
        blocks = {each.decision for each in self.entries if each.reverses is None}
        sealed = await seals(
            connection, gemeente=gemeente, blocks=[each for each in blocks if each]
        )
        await record(
            connection,
            instruction=self.instruction,
            results=results,
            entries=[
                replace(each, metadata=dimensions(blok_sha256=sealed[each.decision]))
                if each.reverses is None and each.decision is not None
                else each
                for each in self.entries
            ],
            accounts=tuple(self.accounts.values()),
        )


async def _insert(
    connection: AsyncConnection, statement: str, written: list[dict[str, Any]]
) -> None:
    if written:
        await connection.exec_driver_sql(statement, written)


def _recorded(instruction: Instruction) -> dict[str, Any]:
    return {
        "gemeente": instruction.gemeente,
        "recorded_at": instruction.at,
        "actor": instruction.actor.subject,
    }


def _estimate_row(found: Estimated, *, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": number,
        "exposure": list(found.exposure),
        "domain": found.domain,
    }
    if found.measured is None:
        reason = found.reason
        return (
            _NOTHING
            | row
            | {
                "treated": 0,
                "compared": 0,
                "family_months": 0,
                "grade": "",
                "doubts": [],
                "diagnostics": "{}",
                "refusal": reason.code if reason else "",
                "refusal_text": reason.words if reason else "",
            }
        )
    effect, judgement = found.measured.effect, found.measured.judgement
    low, high = effect.ratio_interval
    return row | {
        "treated": effect.treated,
        "compared": effect.compared,
        "family_months": effect.family_months,
        "actual_cents": found.actual_cents,
        "counterfactual_cents": found.counterfactual_cents,
        "saving_cents": found.saving_cents,
        "error_cents": round(effect.saving_error),
        "low_cents": found.interval_cents[0],
        "high_cents": found.interval_cents[1],
        "ratio": effect.ratio,
        "log_error": effect.log_error,
        "ratio_low": low,
        "ratio_high": high,
        "grade": judgement.grade.value,
        "doubts": list(judgement.doubts),
        "diagnostics": json.dumps(_finite(_told(found.measured))),
        "refusal": "",
        "refusal_text": "",
    }


def _told(measured: Measured) -> dict[str, object]:
    """Write what was looked at as it is shown."""
    found = measured.diagnostics
    return {
        "placebo": [{"verhouding": each.ratio, "fout": each.error} for each in found.placebo],
        "dip": [{"verhouding": each.ratio, "fout": each.error} for each in found.dip],
        "venster": found.window,
        "omslagpunt": found.tipping_point,
        "zonderCohort": list(found.without_cohort),
        "zonderDuurste": found.trimmed_ratio,
        "grootsteAandeel": found.largest_share,
        "volledigheid": found.least_complete,
        "maandenWeggelaten": found.months_left_out,
        "tweedeOordelen": [
            {"methode": each.method, "besparing": each.saving, "fout": each.error}
            for each in found.opinions
        ],
        "uitkomstenVooraf": found.seen_before,
        "zonderMaandenVooraf": measured.without_months,
        "wijken": [
            {
                "wijk": each.wijk,
                "gezinnen": each.families,
                "logverhouding": each.log_ratio,
                "fout": each.log_error,
            }
            for each in measured.districts
        ],
    }


def _finite(value: object) -> object:
    """Leave out numbers that are none, such as a ratio to nothing: JSON has no word for them."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _block_row(block: Block) -> dict[str, Any]:
    worth, reason = block.worth, block.reason
    return {
        "cohort": block.cohort,
        "exposure": list(block.exposure),
        "receiver": block.receiver,
        "period": block.period,
        "interventions": list(worth.interventions if worth else block.exposure),
        "worth": list(worth.cents) if worth else [],
        "modelled": list(worth.modelled) if worth else [],
        "paid": json.dumps(block.paid),
        "counterfactual_cents": block.counterfactual_cents,
        "saving_cents": block.saving_cents,
        "refusal": reason.code if reason else "",
        "refusal_text": reason.words if reason else "",
        "families": list(block.families),
        "keys": list(block.keys),
    }
