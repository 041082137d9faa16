"""Checks that what was borne for another municipality is what the books say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gemeenten-bedrag": "verrekend is {expected}; de boekingen zeggen {found} ({detail})",
        "gemeenten-zonder-opdracht": "geen opdracht in de boeken verrekende dit",
        "gemeenten-betaald": "betaald is {found}; de verrekeningen geven samen {expected}",
        "boeking-zonder-verrekening": "de boeking hoort bij geen verrekening met een gemeente",
    }
)
"""Every kind of finding, with its sentence."""

AMOUNTS: Final = frozenset({"gemeenten-bedrag", "gemeenten-betaald"})
"""The kinds whose values are whole cents."""

_COSTS: Final = """
    WITH booked AS MATERIALIZED (
        SELECT entry.entry_id, metadata ->> 'verrekening' AS settlement,
               coalesce(sum(amount_cents) FILTER (
                   WHERE book = %(budget)s AND code = %(spent)s), 0) AS spent,
               coalesce(sum(amount_cents) FILTER (
                   WHERE book = %(costs)s AND code LIKE '4%%'), 0) AS cost
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND entry.kind = 'kosten-van-gemeente'
        GROUP BY entry.entry_id, metadata ->> 'verrekening'
    ), borne AS (
        SELECT cost.*, named.spent, named.cost
        FROM domains.neighbour_cost AS cost
        LEFT JOIN (
            SELECT settlement, sum(spent) AS spent, sum(cost) AS cost FROM booked GROUP BY 1
        ) AS named ON named.settlement = cost.settlement_id::text
        WHERE cost.gemeente = %(gemeente)s
    )
    SELECT 'gemeenten-bedrag', 'verrekening ' || settlement_id, NULL::uuid, name,
           amount_cents::text, coalesce(said, 0)::text
    FROM borne
    CROSS JOIN LATERAL (VALUES ('besteed', spent), ('lasten', cost)) AS side (name, said)
    WHERE amount_cents <> coalesce(said, 0)
    UNION ALL
    SELECT 'gemeenten-zonder-opdracht', 'verrekening ' || settlement_id, NULL, NULL, NULL, NULL
    FROM borne
    WHERE NOT EXISTS (
        SELECT 1 FROM domains.answered AS answered
        WHERE answered.gemeente = %(gemeente)s AND answered.result = borne.settlement_id
          AND answered.actor = borne.actor AND answered.recorded_at = borne.recorded_at)
    UNION ALL
    SELECT 'boeking-zonder-verrekening', NULL, entry_id, NULL, NULL, NULL
    FROM booked
    WHERE NOT EXISTS (SELECT 1 FROM borne WHERE borne.settlement_id::text = booked.settlement)
"""

# What was paid to another municipality is what its settlements come to, by a request.
_PAYMENTS: Final = """
    WITH payment AS MATERIALIZED (
        SELECT payment_id, entry_id, paid.actor, paid.recorded_at,
               sum(cost.amount_cents) AS cents
        FROM domains.neighbour_payment AS paid
        JOIN domains.neighbour_cost AS cost USING (gemeente, settlement_id)
        WHERE gemeente = %(gemeente)s
        GROUP BY payment_id, entry_id, paid.actor, paid.recorded_at
    ), booked AS MATERIALIZED (
        SELECT entry.entry_id, sum(posting.amount_cents) AS cents
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        WHERE gemeente = %(gemeente)s AND entry.kind = 'betaling-aan-gemeente'
          AND posting.amount_cents > 0
        GROUP BY entry.entry_id
    )
    SELECT 'gemeenten-betaald', 'betaling ' || payment_id, NULL::uuid, NULL,
           payment.cents::text, coalesce(booked.cents, 0)::text
    FROM payment LEFT JOIN booked USING (entry_id)
    WHERE payment.cents <> coalesce(booked.cents, 0)
    UNION ALL
    SELECT 'boeking-zonder-verrekening', NULL, entry_id, NULL, NULL, NULL
    FROM booked LEFT JOIN payment USING (entry_id) WHERE payment.entry_id IS NULL
    UNION ALL
    SELECT 'gemeenten-zonder-opdracht', 'betaling ' || payment_id, NULL, NULL, NULL, NULL
    FROM payment
    WHERE NOT EXISTS (
        SELECT 1 FROM domains.answered AS answered
        WHERE answered.gemeente = %(gemeente)s AND answered.result = payment.payment_id
          AND answered.actor = payment.actor AND answered.recorded_at = payment.recorded_at)
"""

STATEMENTS: Final = (
    ("kosten van andere gemeenten", _COSTS),
    ("betalingen aan andere gemeenten", _PAYMENTS),
)
"""Each pass by name."""
