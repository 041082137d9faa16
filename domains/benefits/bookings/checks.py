"""What must be so when the book of domain benefits is compared with its estimates.

Studies, signatures, agreements and settlements are answers to requests in the chain, most of them
under a number made from all that they say; every entry of the book belongs to a line, every line to
a block, and each entry carries the hash of its block and estimate. What each payer gets is divided
once more, in plain Python, from the worth of the block.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains.benefits.attribution import Worth
from domains.benefits.blocks import by_payer, divided
from domains.benefits.bookings.queries import SEAL
from domains.benefits.refusals import InterventionWithoutPayer
from ledger.reading import rows

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "domeinbaat-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord, van"
        " {found}",
        "domeinbaat-inhoud": "bij wat er nu staat hoort nummer {found}; in de boeken staat"
        " {expected}",
        "domeinbaat-zonder-regel": "geen regel van het batenboek noemt deze boeking",
        "domeinbaat-afwijkend": "{detail} is {found}; dat moet zijn {expected}",
        "domeinbaat-bedrag": "domein {detail} krijgt {found}; uit de schatting volgt {expected}",
        "domeinbaat-niet-getekend": "{detail} tekende niet, of tekende ook voor een andere kant",
        "schatting-blokken": "de blokken besparen samen {found}; de schatting zegt {expected}",
        "batenverrekening-delen": "de delen zijn samen {found}; de verrekening is {expected}",
    }
)

AMOUNTS: Final = frozenset({"domeinbaat-bedrag", "schatting-blokken", "batenverrekening-delen"})

REQUESTS: Final = """
    WITH kept (what, result, actor, at) AS (
        SELECT 'effectstudie ' || study_id, study_id, actor, made_at
        FROM domains.benefit_study WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'schatting ' || estimate_id, coalesce(study_id, estimate_id), actor, recorded_at
        FROM domains.benefit_estimate WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'handtekening ' || signature_id, signature_id, actor, signed_at
        FROM domains.benefit_signature WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'budgethouder ' || domain || ' ' || number, holder_id, actor, recorded_at
        FROM domains.benefit_holder WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'baatafspraak ' || agreement_id || ' versie ' || number, version_id, actor,
               recorded_at
        FROM domains.benefit_agreement WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'verzilverbaarheid ' || domain || ' ' || number, cashable_id, actor, recorded_at
        FROM domains.benefit_cashable WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'verrekening ' || settlement_id, settlement_id, actor, made_at
        FROM domains.benefit_settlement WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'verzilvering ' || settlement_id, realised_id, actor, realised_at
        FROM domains.benefit_realisation WHERE gemeente = %(gemeente)s
    ), asked AS (
        SELECT result, actor, recorded_at AS at FROM domains.answered
        WHERE gemeente = %(gemeente)s
    )
    SELECT 'domeinbaat-zonder-opdracht', kept.what, NULL::uuid, NULL, NULL,
           kept.actor || ' ' || kept.at
    FROM kept LEFT JOIN asked USING (result, actor, at)
    WHERE asked.result IS NULL
"""

CONTENTS: Final = """
    WITH kept (what, id, says) AS (
        SELECT 'budgethouder ' || domain || ' ' || number, holder_id, to_jsonb(holder) - 'holder_id'
        FROM domains.benefit_holder AS holder WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'handtekening ' || signature_id, signature_id, to_jsonb(signature) - 'signature_id'
        FROM domains.benefit_signature AS signature WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'baatafspraak ' || agreement_id || ' versie ' || number, version_id,
               to_jsonb(agreement) - 'version_id'
        FROM domains.benefit_agreement AS agreement WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'verzilverbaarheid ' || domain || ' ' || number, cashable_id,
               to_jsonb(cashable) - 'cashable_id'
        FROM domains.benefit_cashable AS cashable WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'verrekening ' || settlement_id, settlement_id,
               to_jsonb(settlement) - 'settlement_id'
        FROM domains.benefit_settlement AS settlement WHERE gemeente = %(gemeente)s
    )
    SELECT 'domeinbaat-inhoud', what, NULL::uuid, NULL, id::text, domains.content_id(says)::text
    FROM kept WHERE id <> domains.content_id(says)
"""

LINES: Final = f"""
    WITH entry AS MATERIALIZED (
        SELECT entry_id, reverses, decision, metadata ->> 'blok_sha256' AS seal,
               min(account.colour) AS colour, count(DISTINCT account.colour) AS colours
        FROM ledger.account AS account
        JOIN ledger.posting AS posting ON posting.gemeente = account.gemeente
            AND posting.account_id = account.account_id
        JOIN ledger.entry AS entry ON entry.gemeente = posting.gemeente
            AND entry.chain_number = posting.chain_number AND entry.position = posting.position
        WHERE account.gemeente = %(gemeente)s AND account.book = %(benefits)s
        GROUP BY 1, 2, 3, 4
    ), named AS MATERIALIZED (
        SELECT entry_id, state, line_id FROM domains.benefit_line WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT taken_by, 'bekrachtigd', line_id FROM domains.benefit_line
        WHERE gemeente = %(gemeente)s AND taken_by IS NOT NULL
    ), line AS MATERIALIZED (
        SELECT line.*, block.estimate_id, block.cohort AS of_cohort, block.exposure AS of_exposure,
               block.receiver AS of_receiver, block.period AS of_period, {SEAL} AS seal
        FROM domains.benefit_line AS line
        JOIN domains.benefit_block AS block USING (gemeente, block_id)
        JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
        WHERE line.gemeente = %(gemeente)s
    )
    SELECT 'domeinbaat-zonder-regel', NULL, entry.entry_id, NULL, NULL, NULL
    FROM entry LEFT JOIN named ON named.entry_id = coalesce(entry.reverses, entry.entry_id)
    WHERE named.line_id IS NULL
    UNION ALL
    SELECT 'domeinbaat-afwijkend', 'regel ' || line.line_id, named.entry_id, field.name,
           field.wanted, field.found
    FROM named JOIN line USING (line_id) LEFT JOIN entry ON entry.entry_id = named.entry_id
    CROSS JOIN LATERAL (VALUES
        ('het blok', line.block_id::text, entry.decision::text),
        ('de hash van blok en schatting', line.seal, entry.seal),
        ('de schatting en toestand', line.estimate_id || '/' || named.state,
         CASE entry.colours WHEN 1 THEN entry.colour END)
    ) AS field (name, wanted, found)
    WHERE field.wanted IS DISTINCT FROM field.found
    UNION ALL
    SELECT 'domeinbaat-afwijkend', 'regel ' || line.line_id, line.entry_id, field.name,
           field.wanted, field.found
    FROM line
    LEFT JOIN entry AS reversal ON reversal.reverses = line.entry_id
    CROSS JOIN LATERAL (VALUES
        ('de tegenboeking', reversal.entry_id::text, line.ended_by::text),
        ('waar de regel over gaat',
         concat_ws(' ', line.of_cohort, line.of_exposure, line.of_receiver, line.of_period),
         concat_ws(' ', line.cohort, line.exposure, line.receiver, line.period))
    ) AS field (name, wanted, found)
    WHERE field.wanted IS DISTINCT FROM field.found
    UNION ALL
    SELECT 'schatting-blokken', 'schatting ' || estimate.estimate_id, NULL, NULL,
           estimate.saving_cents::text, sum(block.saving_cents)::text
    FROM domains.benefit_estimate AS estimate
    JOIN domains.benefit_block AS block USING (gemeente, estimate_id)
    WHERE gemeente = %(gemeente)s
    GROUP BY estimate.estimate_id, estimate.saving_cents
    HAVING sum(block.saving_cents) IS DISTINCT FROM estimate.saving_cents
    UNION ALL
    SELECT 'batenverrekening-delen', 'verrekening ' || settlement_id, NULL, NULL,
           settlement.amount_cents::text, coalesce(sum(part.amount_cents), 0)::text
    FROM domains.benefit_settlement AS settlement
    LEFT JOIN domains.benefit_settlement_part AS part USING (gemeente, settlement_id)
    WHERE gemeente = %(gemeente)s
    GROUP BY settlement_id, settlement.amount_cents
    HAVING coalesce(sum(part.amount_cents), 0) <> settlement.amount_cents
"""

SIGNED: Final = """
    WITH signed AS MATERIALIZED (
        SELECT DISTINCT block.estimate_id, estimate.domain AS receiver, estimate.grade, said.side,
               said.domain
        FROM domains.benefit_line AS line
        JOIN domains.benefit_block AS block USING (gemeente, block_id)
        JOIN domains.benefit_estimate AS estimate USING (gemeente, estimate_id)
        JOIN domains.benefit_posting AS said USING (gemeente, entry_id)
        WHERE line.gemeente = %(gemeente)s AND line.state = 'bekrachtigd'
    ), needed AS (
        SELECT estimate_id, 'ontvanger' AS side, receiver AS domain FROM signed
        UNION
        SELECT estimate_id, 'betaler', domain FROM signed
        WHERE side = 'betaler' AND domain <> receiver
        UNION
        SELECT estimate_id, 'controller', '' FROM signed
    )
    SELECT 'domeinbaat-niet-getekend', 'schatting ' || needed.estimate_id, NULL::uuid,
           concat_ws(' ', needed.side, nullif(needed.domain, '')), NULL, NULL
    FROM needed
    LEFT JOIN domains.benefit_signature AS signature ON signature.gemeente = %(gemeente)s
        AND (signature.estimate_id, signature.side, signature.domain)
          = (needed.estimate_id, needed.side, needed.domain)
    WHERE signature.actor IS NULL OR EXISTS (
        SELECT 1 FROM domains.benefit_signature AS other
        WHERE other.gemeente = %(gemeente)s AND other.estimate_id = needed.estimate_id
          AND other.actor = signature.actor AND other.side <> needed.side)
    UNION ALL
    SELECT DISTINCT 'domeinbaat-afwijkend', 'schatting ' || estimate_id, NULL::uuid, 'de graad',
           'A of B', grade
    FROM signed WHERE grade NOT IN ('A', 'B')
"""

STATEMENTS: Final = (
    ("vastlegging van domeinbaten", REQUESTS),
    ("inhoud van afspraken over domeinbaten", CONTENTS),
    ("regels van het batenboek", LINES),
    ("handtekeningen onder domeinbaten", SIGNED),
)

_BOOKED: Final = """
    SELECT line.line_id, line.block_id, line.state, line.cohort, line.exposure, line.receiver,
           line.period, line.entry_id, block.interventions, block.worth, block.modelled, block.paid,
           part.amount_cents AS part_cents, agreement.contributor, entry.chain_number,
           said.cents AS said
    FROM domains.benefit_line AS line
    JOIN domains.benefit_block AS block USING (gemeente, block_id)
    LEFT JOIN domains.benefit_settlement_part AS part ON part.gemeente = line.gemeente
        AND part.settlement_id = line.settlement_id AND part.cohort = line.cohort
        AND part.exposure = line.exposure AND part.period = line.period
    LEFT JOIN domains.benefit_settlement AS settlement ON settlement.gemeente = line.gemeente
        AND settlement.settlement_id = line.settlement_id
    LEFT JOIN domains.benefit_agreement AS agreement
      ON agreement.gemeente = line.gemeente
     AND agreement.agreement_id = settlement.agreement_id
     AND agreement.number = settlement.agreement_number
    JOIN ledger.entry AS entry
      ON entry.gemeente = line.gemeente AND entry.entry_id = line.entry_id
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(posting.side || ' ' || posting.domain, amount_cents) AS cents
        FROM (
            SELECT CASE account.code WHEN '9900' THEN 'betaler' ELSE 'ontvanger' END AS side,
                   account.dimensions ->> 'domein' AS domain, sum(line.amount_cents) AS amount_cents
            FROM ledger.posting AS line
            JOIN ledger.account AS account ON account.gemeente = line.gemeente
                AND account.account_id = line.account_id
            WHERE line.gemeente = entry.gemeente AND line.chain_number = entry.chain_number
              AND line.position = entry.position
            GROUP BY 1, 2) AS posting
    ) AS said ON true
    WHERE line.gemeente = %(gemeente)s
    ORDER BY entry.chain_number, entry.position
"""


async def rederived(connection: AsyncConnection, *, gemeente: str) -> list[tuple[Any, ...]]:
    """Divide every block once more and give what its lines say otherwise, as findings.

    What was realised of the same cohort, exposure, domain and quarter before a line came counts in
    the line, so it is taken off first.
    """
    found: list[tuple[Any, ...]] = []
    realised: dict[tuple[Any, ...], list[tuple[int, str, int]]] = {}
    for row in await rows(connection, _BOOKED, {"gemeente": gemeente}):
        key = (row.cohort, tuple(row.exposure), row.receiver, row.period)
        if row.state == "verzilverd":
            shares = {row.contributor: row.part_cents}
            realised.setdefault(key, []).append((row.chain_number, row.contributor, row.part_cents))
        else:
            shares = _divided(row)
            # A line that moves on was booked on what was realised when it first came, and nothing
            # can be realised of it before it is signed.
            for chain_number, payer, cents in realised.get(key, []):
                if chain_number < row.chain_number:
                    shares[payer] = shares.get(payer, 0) - cents
        found += _differences(row, shares)
    return found


def _divided(row: Any) -> dict[str, int]:
    worth = Worth(
        interventions=tuple(row.interventions),
        cents=tuple(row.worth),
        modelled=tuple(row.modelled),
    )
    try:
        return by_payer(divided(worth, row.paid))
    except (InterventionWithoutPayer, ValueError):
        return {}


def _differences(row: Any, shares: Mapping[str, int]) -> Sequence[tuple[Any, ...]]:
    """Compare what an entry says with what it should: credits per payer, and the debit."""
    wanted = {f"betaler {payer}": -cents for payer, cents in shares.items() if cents}
    received = sum(shares.values())
    if received:
        wanted[f"ontvanger {row.receiver}"] = received
    said: dict[str, int] = row.said or {}
    return [
        (
            "domeinbaat-bedrag",
            f"regel {row.line_id}",
            row.entry_id,
            name,
            str(wanted.get(name, 0)),
            str(said.get(name, 0)),
        )
        for name in sorted({*wanted, *said})
        if wanted.get(name, 0) != said.get(name, 0)
    ]
