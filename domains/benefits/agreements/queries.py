"""Reading agreements, what is cashable, and what stands between two domains."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.agreements.model import (
    AgreementOrder,
    BudgetPlace,
    Cashable,
    CashableClass,
    KeptAgreement,
    KeptSettlement,
    StandingShare,
)
from domains.benefits.agreements.refusals import CashableUnknown
from domains.benefits.agreements.rules import Year
from domains.benefits.bookings.model import Key
from domains.benefits.panel import Floats
from domains.benefits.settlement import Agreement, RateStep
from ledger.reading import rows

_SHARES: Final = """
    WITH standing AS MATERIALIZED (
        SELECT block.*, estimate.study_id, estimate.number,
               estimate.counterfactual_cents AS estimate_cents
        FROM domains.benefit_line AS line
        JOIN domains.benefit_block AS block USING (gemeente, block_id)
        JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
        WHERE line.gemeente = %(gemeente)s AND line.state = 'bekrachtigd'
          AND line.ended_by IS NULL AND line.receiver = %(receiver)s
          AND line.period >= %(from_date)s AND line.period < %(until_date)s
    ), share AS (
        SELECT block.cohort, block.exposure, block.period, said.state,
               -sum(said.amount_cents)::bigint AS cents
        FROM domains.benefit_posting AS said
        JOIN domains.benefit_block AS block USING (gemeente, block_id)
        WHERE said.gemeente = %(gemeente)s AND said.side = 'betaler'
          AND said.domain = %(contributor)s AND block.receiver = %(receiver)s
          AND block.period >= %(from_date)s AND block.period < %(until_date)s
        GROUP BY 1, 2, 3, 4
    )
    SELECT standing.*, coalesce(signed.cents, 0) AS signed_cents,
           coalesce(realised.cents, 0) AS realised_cents,
           coalesce((SELECT sum((payers.value ->> %(contributor)s)::bigint)
                     FROM jsonb_each(standing.paid) AS payers), 0)::bigint AS paid_cents
    FROM standing
    LEFT JOIN share AS signed ON signed.state = 'bekrachtigd'
        AND (signed.cohort, signed.exposure, signed.period)
          = (standing.cohort, standing.exposure, standing.period)
    LEFT JOIN share AS realised ON realised.state = 'verzilverd'
        AND (realised.cohort, realised.exposure, realised.period)
          = (standing.cohort, standing.exposure, standing.period)
    WHERE signed.cents <> 0 OR realised.cents <> 0
    ORDER BY standing.period, standing.cohort, standing.exposure
"""

_SETTLEMENTS: Final = """
    SELECT settlement.*, agreement.receiver, agreement.contributor,
           (SELECT max(later.number) FROM domains.benefit_settlement AS later
            WHERE later.gemeente = settlement.gemeente
              AND later.agreement_id = settlement.agreement_id
              AND later.year = settlement.year) AS newest,
           EXISTS (SELECT 1 FROM domains.benefit_realisation AS realised
                   WHERE realised.gemeente = settlement.gemeente
                     AND realised.settlement_id = settlement.settlement_id) AS is_realised
    FROM domains.benefit_settlement AS settlement
    JOIN domains.benefit_agreement AS agreement
      ON agreement.gemeente = settlement.gemeente
     AND agreement.agreement_id = settlement.agreement_id
     AND agreement.number = settlement.agreement_number
    WHERE settlement.gemeente = %(gemeente)s
      AND (%(ids)s::uuid[] IS NULL OR settlement.settlement_id = ANY (%(ids)s::uuid[]))
      AND (%(agreement)s::uuid IS NULL OR settlement.agreement_id = %(agreement)s)
    ORDER BY settlement.settlement_id
"""


async def agreements(connection: AsyncConnection, *, gemeente: str) -> tuple[KeptAgreement, ...]:
    """List the agreements as they stand now, by their first day."""
    found = await rows(
        connection,
        "SELECT DISTINCT ON (agreement_id) * FROM domains.benefit_agreement"
        " WHERE gemeente = %s ORDER BY agreement_id, number DESC",
        (gemeente,),
    )
    kept = [
        KeptAgreement(
            id=row.agreement_id,
            number=row.number,
            order=AgreementOrder(
                receiver=row.receiver,
                contributor=row.contributor,
                from_date=row.from_date,
                until_date=row.until_date,
                terms=_terms(row.terms),
                expenses=_place(row.budget["lasten"]),
                revenues=_place(row.budget["baten"]),
                decision=row.decision_ref,
            ),
        )
        for row in found
    ]
    return tuple(sorted(kept, key=lambda each: (each.order.from_date, each.id)))


async def cashable_on(
    connection: AsyncConnection, *, gemeente: str, domain: str, day: date
) -> Cashable:
    """Give what is cashable of a domain on a day.

    :raises CashableUnknown: nobody said so.
    """
    found = await rows(
        connection,
        "SELECT * FROM domains.benefit_cashable"
        " WHERE gemeente = %s AND domain = %s AND from_date <= %s ORDER BY number DESC LIMIT 1",
        (gemeente, domain, day),
    )
    if not found:
        raise CashableUnknown(domain=domain)
    row = found[0]
    return Cashable(
        domain=row.domain,
        kind=CashableClass(row[4]),
        part=Fraction(row.part),
        step_cents=row.step_cents,
        from_date=row.from_date,
        decision=row.decision_ref,
    )


async def standing_shares(
    connection: AsyncConnection, *, gemeente: str, order: AgreementOrder, year: Year
) -> tuple[StandingShare, ...]:
    """Give what a contributor has in each signed line of a receiver in a year."""
    found = await rows(
        connection,
        _SHARES,
        {
            "gemeente": gemeente,
            "receiver": order.receiver,
            "contributor": order.contributor,
            "from_date": year.from_date,
            "until_date": year.until_date,
        },
    )
    return tuple(
        StandingShare(
            key=Key(
                cohort=row.cohort,
                exposure=tuple(row.exposure),
                receiver=row.receiver,
                period=row.period,
            ),
            block_id=row.block_id,
            estimate_id=row.estimate_id,
            study_id=row.study_id,
            estimate_number=row.number,
            estimate_cents=row.estimate_cents,
            counterfactual_cents=row.counterfactual_cents,
            saving_cents=row.saving_cents,
            signed_cents=row.signed_cents,
            realised_cents=row.realised_cents,
            paid_cents=row.paid_cents,
            families=tuple(row.families),
        )
        for row in found
    )


async def covariances(
    connection: AsyncConnection, *, gemeente: str, studies: Sequence[UUID]
) -> Mapping[UUID, Floats]:
    """Give per study the covariance of the savings of its estimates, in their order."""
    found = await rows(
        connection,
        "SELECT study_id, covariance FROM domains.benefit_study"
        " WHERE gemeente = %s AND study_id = ANY (%s::uuid[])",
        (gemeente, list(studies)),
    )
    matrices: dict[UUID, Floats] = {}
    for study_id, values in found:
        size = round(len(values) ** 0.5)
        matrices[study_id] = np.array(values, dtype=np.float64).reshape(size, size)
    return matrices


async def settlements(
    connection: AsyncConnection,
    *,
    gemeente: str,
    ids: Sequence[UUID] | None = None,
    agreement: UUID | None = None,
) -> tuple[KeptSettlement, ...]:
    """Give settlements, those by id or of an agreement if that is asked; the oldest first."""
    asked = {
        "gemeente": gemeente,
        "ids": None if ids is None else list(ids),
        "agreement": agreement,
    }
    found = await rows(connection, _SETTLEMENTS, asked)
    parts: dict[UUID, list[tuple[Key, int]]] = {}
    receivers = {row.settlement_id: row.receiver for row in found}
    for row in await rows(
        connection,
        "SELECT * FROM domains.benefit_settlement_part"
        " WHERE gemeente = %s AND settlement_id = ANY (%s::uuid[])"
        " ORDER BY settlement_id, period, cohort, exposure",
        (gemeente, list(receivers)),
    ):
        key = Key(
            cohort=row.cohort,
            exposure=tuple(row.exposure),
            receiver=receivers[row.settlement_id],
            period=row.period,
        )
        parts.setdefault(row.settlement_id, []).append((key, row.amount_cents))
    return tuple(_settlement(row, tuple(parts.get(row.settlement_id, ()))) for row in found)


def _settlement(row: Any, parts: tuple[tuple[Key, int], ...]) -> KeptSettlement:
    return KeptSettlement(
        id=row.settlement_id,
        agreement_id=row.agreement_id,
        year=row.year,
        number=row.number,
        newest=row.newest,
        receiver=row.receiver,
        contributor=row.contributor,
        amount_cents=row.amount_cents,
        change_id=row.change_id,
        is_realised=row.is_realised,
        parts=parts,
    )


def _terms(kept: Mapping[str, Any]) -> Agreement:
    return Agreement(
        least_rates=tuple(
            RateStep(
                first=each["vanaf"],
                last=each["tot"],
                at_first=Fraction(each["bijVanaf"]),
                at_last=Fraction(each["bijTot"]),
            )
            for each in kept["minima"]
        ),
        share=Fraction(kept["deel"]),
        investment_cap=Fraction(kept["begrenzingInzet"]),
        benchmark_cap=Fraction(kept["begrenzingOntvanger"]),
        floor_cents=kept["drempelCenten"],
        one_sided_years=kept["jarenZonderVerlies"],
        loss_share=Fraction(kept["deelVerlies"]),
        loss_limit=Fraction(kept["begrenzingVerlies"]),
    )


def _place(kept: Mapping[str, str]) -> BudgetPlace:
    return BudgetPlace(source=kept["bron"], programme=kept["programma"], taakveld=kept["taakveld"])
