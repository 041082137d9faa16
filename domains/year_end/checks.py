"""Checks that the closing of years and exceptions are those that the books know.

A closing and an exception are each the answer to a request in the chain. The entries of a closing
carry the hash of its record, so that all that it says is tied to the chain.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jaarafsluiting-zonder-opdracht": "geen opdracht in de boeken heeft {detail} als antwoord",
        "jaarafsluiting-afwijkend": "{detail} is {found}; de boeken zeggen {expected}",
        "jaarafsluiting-boekingen": "de afsluiting noemt de boekingen {found}; die haar noemen zijn"
        " {expected}",
        "jaarafsluiting-bedrag": "op {detail} boekte de afsluiting {found}; haar verslag zegt"
        " {expected}",
        "uitzondering-zonder-periode": "geen opening van dagen in de boeken hoort bij deze"
        " uitzondering",
    }
)
"""Every kind of finding, with its sentence."""

AMOUNTS: Final = frozenset({"jaarafsluiting-bedrag"})
"""The kinds whose values are whole cents."""

_REQUESTS: Final = """
    WITH kept (what, result, actor, at) AS (
        SELECT 'jaarafsluiting ' || year || ' nummer ' || number, closing_id, actor, recorded_at
        FROM domains.year_closing WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'uitzondering ' || exception_id, exception_id, actor, recorded_at
        FROM domains.period_exception WHERE gemeente = %(gemeente)s
    ), answered AS (
        SELECT DISTINCT ON (result) * FROM domains.answered WHERE gemeente = %(gemeente)s
        ORDER BY result, chain_number
    )
    SELECT CASE WHEN answered.result IS NULL THEN 'jaarafsluiting-zonder-opdracht'
                ELSE 'jaarafsluiting-afwijkend' END,
           kept.what, NULL::uuid,
           CASE WHEN answered.result IS NULL THEN 'dit' ELSE 'wie vastlegde en wanneer' END,
           answered.actor || ' ' || answered.recorded_at, kept.actor || ' ' || kept.at
    FROM kept LEFT JOIN answered ON answered.result = kept.result
    WHERE answered.actor IS DISTINCT FROM kept.actor
       OR answered.recorded_at IS DISTINCT FROM kept.at
"""

_CLOSINGS: Final = """
    WITH told AS MATERIALIZED (
        SELECT closing_id, 'jaarafsluiting ' || year || ' nummer ' || number AS name,
               ARRAY(SELECT unnest(entries) ORDER BY 1) AS entries, record::jsonb AS record,
               encode(sha256(convert_to(record::text, 'UTF8')), 'hex') AS hash, outcome, year
        FROM domains.year_closing WHERE gemeente = %(gemeente)s
    ), booked AS MATERIALIZED (
        SELECT entry_id, decision AS closing_id, chain_number, position,
               metadata ->> 'jaarafsluiting_sha256' AS hash
        FROM ledger.entry
        WHERE gemeente = %(gemeente)s AND kind IN ('jaarafsluiting', 'jaaropening')
    ), owed AS (
        SELECT closing_id, code, fund ->> 'fund' AS fund,
               CASE code WHEN %(lapsed)s THEN (fund ->> 'lapsed_cents')::bigint
                         ELSE (fund ->> 'carried_cents')::bigint END AS cents
        FROM told CROSS JOIN jsonb_array_elements(record -> 'funds') AS fund
        CROSS JOIN unnest(ARRAY[%(lapsed)s, %(carried)s]) AS code
        WHERE outcome = 'afgesloten'
    ), paid AS (
        SELECT closing_id, account.code, account.colour AS fund, sum(amount_cents) AS cents
        FROM booked
        JOIN ledger.posting AS posting ON posting.gemeente = %(gemeente)s
            AND posting.chain_number = booked.chain_number
            AND posting.position = booked.position
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE account.code IN (%(lapsed)s, %(carried)s)
        GROUP BY 1, 2, 3
    )
    SELECT 'jaarafsluiting-boekingen', coalesce(told.name, 'jaarafsluiting ' || closing_id),
           NULL::uuid, NULL, array_to_string(coalesce(naming.entries, '{}'), ', '),
           array_to_string(coalesce(told.entries, '{}'), ', ')
    FROM told FULL JOIN (
        SELECT closing_id, array_agg(entry_id ORDER BY entry_id) AS entries
        FROM booked GROUP BY closing_id
    ) AS naming USING (closing_id)
    WHERE coalesce(told.entries, '{}') <> coalesce(naming.entries, '{}')
    UNION ALL
    SELECT 'jaarafsluiting-afwijkend', told.name, entry_id, 'de hash van het verslag', booked.hash,
           told.hash
    FROM told JOIN booked USING (closing_id) WHERE told.hash IS DISTINCT FROM booked.hash
    UNION ALL
    SELECT 'jaarafsluiting-afwijkend', told.name, NULL, field.name, field.said, field.stored
    FROM told CROSS JOIN LATERAL (VALUES
        ('de uitkomst', record ->> 'outcome', outcome),
        ('het jaar', record #>> '{asked,year}', year::text)
    ) AS field (name, said, stored)
    WHERE field.said IS DISTINCT FROM field.stored
    UNION ALL
    SELECT 'jaarafsluiting-bedrag', coalesce(told.name, 'jaarafsluiting ' || closing_id), NULL,
           concat_ws(' ', code, fund), coalesce(owed.cents, 0)::text, coalesce(paid.cents, 0)::text
    FROM owed FULL JOIN paid USING (closing_id, code, fund) LEFT JOIN told USING (closing_id)
    WHERE coalesce(owed.cents, 0) <> coalesce(paid.cents, 0)
"""

_EXCEPTIONS: Final = """
    SELECT 'uitzondering-zonder-periode', 'uitzondering ' || exception_id, NULL::uuid, NULL, NULL,
           NULL
    FROM domains.period_exception AS exception
    WHERE gemeente = %(gemeente)s AND NOT EXISTS (
        SELECT 1 FROM domains.answered AS answered
        JOIN ledger.period_change AS opened ON opened.gemeente = answered.gemeente
         AND opened.chain_number = answered.chain_number + 1
        WHERE answered.gemeente = exception.gemeente AND answered.result = exception_id
          AND (opened.from_date, opened.until_date, opened.open_until, opened.reason, opened.actor)
            = (exception.from_date, exception.until_date, exception.open_until, exception.reason,
               exception.actor))
"""

STATEMENTS: Final = (
    ("opdrachten van jaarafsluitingen", _REQUESTS),
    ("jaarafsluitingen", _CLOSINGS),
    ("uitzonderingen", _EXCEPTIONS),
)
"""Each pass by its name."""
