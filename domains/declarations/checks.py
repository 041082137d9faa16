"""Checks that declarations and allocations are those that the books know.

What a line was granted is what its entries brought its provider; a message, an allocation and a
notice are answers to requests in the chain; an accrual that was declared names its message.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "prestatie-bedrag": "{detail} is {found} toegekend; de boekingen zeggen {expected}",
        "bericht-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord",
        "boeking-zonder-bericht": "de boeking noemt een bericht dat er niet is ({found})",
    }
)
"""Every kind of finding, with its sentence."""

AMOUNTS: Final = frozenset({"prestatie-bedrag"})
"""The kinds whose values are whole cents."""

_LINES: Final = """
    WITH named AS MATERIALIZED (
        SELECT message_id, number, amount_cents, entry
        FROM domains.declared_line AS line LEFT JOIN LATERAL unnest(line.entries) AS entry ON true
        WHERE gemeente = %(gemeente)s AND outcome = 'toegekend'
          -- A credit of what somebody took back by hand before books nothing.
          AND NOT (is_credit AND entries = '{}')
    ), owed AS MATERIALIZED (
        SELECT entry.entry_id, -sum(posting.amount_cents) AS cents
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND entry.entry_id IN (SELECT entry FROM named)
          AND account.book = 'LASTEN' AND account.code = '1200'
        GROUP BY entry.entry_id
    ), booked AS (
        SELECT message_id, number, min(amount_cents) AS told, coalesce(sum(owed.cents), 0) AS cents
        FROM named LEFT JOIN owed ON owed.entry_id = named.entry GROUP BY message_id, number
    )
    SELECT 'prestatie-bedrag', 'bericht ' || message_id, NULL::uuid, 'prestatie ' || number,
           told::text, cents::text
    FROM booked WHERE told <> cents
"""

_REQUESTS: Final = """
    WITH told AS (
        SELECT 'bericht' AS what, message_id AS id, actor, recorded_at FROM domains.message
        WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'toewijzing', allocation_id, actor, recorded_at FROM domains.allocation
        WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'antwoord', reply_id, actor, recorded_at FROM domains.notice_reply
        WHERE gemeente = %(gemeente)s
    )
    SELECT 'bericht-zonder-opdracht', what || ' ' || id, NULL::uuid, NULL, NULL, NULL
    FROM told WHERE NOT EXISTS (
        SELECT 1 FROM domains.answered AS answered
        WHERE answered.gemeente = %(gemeente)s AND answered.result = told.id
          AND answered.actor = told.actor AND answered.recorded_at = told.recorded_at)
"""

_ENTRIES: Final = """
    SELECT 'boeking-zonder-bericht', NULL, entry.entry_id, NULL, metadata ->> 'bericht', NULL
    FROM ledger.entry AS entry
    WHERE gemeente = %(gemeente)s AND kind = 'declaratie' AND NOT EXISTS (
        SELECT 1 FROM domains.declared_line AS line
        WHERE line.gemeente = entry.gemeente AND line.message_id::text = metadata ->> 'bericht'
          AND entry.entry_id = ANY (line.entries))
"""

STATEMENTS: Final = (
    ("prestaties", _LINES),
    ("opdrachten van berichten", _REQUESTS),
    ("boekingen van declaraties", _ENTRIES),
)
"""Each pass by its name."""
