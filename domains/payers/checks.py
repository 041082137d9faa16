"""Checks of who pays in the end: items with parts, steps with entries, funds with funds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "betaler-onder-nul": "van {detail} is meer afgegaan dan erbij kwam: {found}",
        "betaler-boven-dekking": "er wacht {found} op een betaler; verplicht en besteed is"
        " {expected}",
        "betaler-zonder-opdracht": "geen opdracht in de boeken deed stap {detail}",
        "betaler-bedrag": "aanvaard is {expected}; de boeking zegt {found}",
        "middelen-uit-evenwicht": "{detail}: te vorderen is {expected}, verschuldigd is {found}",
    }
)
"""Every kind of finding, with its sentence."""

AMOUNTS: Final = frozenset(
    {
        "betaler-onder-nul",
        "betaler-boven-dekking",
        "betaler-bedrag",
        "middelen-uit-evenwicht",
    }
)
"""The kinds whose values are whole cents."""

_STANDINGS: Final = """
    SELECT 'betaler-onder-nul', 'openstaande betaler ' || part_id, NULL::uuid,
           concat_ws(' ', state, nullif(payer, '')), NULL, amount_cents::text
    FROM domains.payer_standing WHERE gemeente = %(gemeente)s AND amount_cents < 0
    UNION ALL
    SELECT 'betaler-boven-dekking', 'openstaande betaler ' || part_id, NULL, NULL,
           (part.reserved_cents + part.spent_cents)::text, waiting.cents::text
    FROM (
        SELECT part_id, sum(amount_cents) AS cents FROM domains.payer_standing
        WHERE gemeente = %(gemeente)s AND state IN ('open', 'geclaimd', 'betwist')
        GROUP BY part_id
    ) AS waiting
    JOIN (
        SELECT part_id, sum(reserved_cents) AS reserved_cents, sum(spent_cents) AS spent_cents
        FROM domains.part_move WHERE gemeente = %(gemeente)s GROUP BY part_id
    ) AS part USING (part_id)
    WHERE waiting.cents > part.reserved_cents + part.spent_cents
"""

# Each step was done by a request of that moment: one that names the item, its draw or its entry.
_STEPS: Final = """
    SELECT 'betaler-zonder-opdracht', 'openstaande betaler ' || part_id, NULL::uuid, number::text,
           NULL, move.actor || ' ' || move.at
    FROM domains.payer_move AS move
    LEFT JOIN (
        SELECT DISTINCT actor, recorded_at FROM domains.answered WHERE gemeente = %(gemeente)s
    ) AS asked ON asked.actor = move.actor AND asked.recorded_at = move.at
    WHERE move.gemeente = %(gemeente)s AND asked.actor IS NULL
"""

# What was accepted is a claim or is owed by another fund, to the cent, by the very entries.
_ACCEPTED: Final = """
    WITH step AS MATERIALIZED (
        SELECT part_id, entries, sum(CASE to_state WHEN 'aanvaard' THEN amount_cents
                                                   ELSE -amount_cents END) AS cents
        FROM domains.payer_move
        WHERE gemeente = %(gemeente)s
          AND ('aanvaard' IN (from_state, to_state))
          AND (from_state IN ('geclaimd', 'betwist') OR to_state IN ('geclaimd', 'betwist'))
        GROUP BY part_id, entries
    ), owed AS MATERIALIZED (
        SELECT entry.entry_id, sum(posting.amount_cents) AS cents
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND account.book = %(costs)s
          AND account.code IN (%(claim)s, %(due_from)s)
        GROUP BY entry.entry_id
    )
    SELECT 'betaler-bedrag', 'openstaande betaler ' || step.part_id, NULL::uuid, NULL,
           step.cents::text, coalesce(sum(owed.cents), 0)::text
    FROM step LEFT JOIN LATERAL unnest(step.entries) AS named (entry_id) ON true
    LEFT JOIN owed ON owed.entry_id = named.entry_id
    GROUP BY step.part_id, step.entries, step.cents
    HAVING step.cents <> coalesce(sum(owed.cents), 0)
"""

_PAIRS: Final = """
    SELECT 'middelen-uit-evenwicht', NULL, NULL::uuid, creditor || ' van ' || debtor,
           due_from::text, due_to::text
    FROM (
        SELECT CASE code WHEN %(due_from)s THEN colour ELSE dimensions ->> 'middel' END AS creditor,
               CASE code WHEN %(due_from)s THEN dimensions ->> 'middel' ELSE colour END AS debtor,
               coalesce(sum(balance_cents) FILTER (WHERE code = %(due_from)s), 0) AS due_from,
               coalesce(-sum(balance_cents) FILTER (WHERE code = %(due_to)s), 0) AS due_to
        FROM ledger.account JOIN ledger.balance USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND book = %(costs)s
          AND code IN (%(due_from)s, %(due_to)s)
        GROUP BY 1, 2
    ) AS pair
    WHERE due_from <> due_to
"""

STATEMENTS: Final = (
    ("openstaande betalers", _STANDINGS),
    ("stappen van openstaande betalers", _STEPS),
    ("aanvaarde bedragen", _ACCEPTED),
    ("middelen onderling", _PAIRS),
)
"""Each pass by its name; see :mod:`domains.checks` for what it is given and what it gives."""
