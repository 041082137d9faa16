"""Checks that deliveries and lines are those that the books and the decisions know.

A delivery is named by its own entries and is the answer to a request in the chain; a line stands in
the record of the decision that granted it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "levering-boekingen": "de levering noemt de boekingen {found}; die haar noemen zijn"
        " {expected}",
        "levering-bedrag": "geleverd is {found}; de boekingen zeggen {expected}",
        "levering-afwijkend": "{detail} is {found}; de boeken zeggen {expected}",
        "levering-zonder-opdracht": "geen opdracht in de boeken heeft deze levering als antwoord",
        "boeking-zonder-levering": "de boeking noemt een levering die er niet is ({found})",
        "regel-afwijkend": "vastgelegd als regel is {found}; het besluit zegt {expected}",
    }
)
"""Every kind of finding, with its sentence."""

AMOUNTS: Final = frozenset({"levering-bedrag"})
"""The kinds whose values are whole cents."""

_DELIVERIES: Final = """
    WITH booked AS MATERIALIZED (
        SELECT entry.entry_id, metadata ->> 'levering' AS delivery, decision, document,
               (SELECT coalesce(sum(posting.amount_cents), 0) FROM ledger.posting AS posting
                JOIN ledger.account AS account USING (gemeente, account_id)
                WHERE posting.gemeente = entry.gemeente
                  AND posting.chain_number = entry.chain_number
                  AND posting.position = entry.position
                  AND account.book = %(budget)s AND account.code = %(spent)s) AS spent
        FROM ledger.entry AS entry WHERE gemeente = %(gemeente)s AND kind = 'levering'
    ), told AS MATERIALIZED (
        SELECT delivery_id, draw_id, document, outcome, recorded_at, actor,
               ARRAY(SELECT unnest(entries) ORDER BY 1) AS entries,
               CASE WHEN outcome = 'geleverd' THEN amount_cents ELSE 0 END AS cents
        FROM domains.delivery WHERE gemeente = %(gemeente)s
    ), naming AS MATERIALIZED (
        SELECT delivery, array_agg(entry_id ORDER BY entry_id) AS entries, sum(spent) AS spent
        FROM booked GROUP BY delivery
    )
    SELECT 'levering-boekingen', 'levering ' || delivery_id, NULL::uuid, NULL,
           array_to_string(coalesce(naming.entries, '{}'), ', '),
           array_to_string(told.entries, ', ')
    FROM told LEFT JOIN naming ON naming.delivery = told.delivery_id::text
    WHERE told.entries <> coalesce(naming.entries, '{}')
    UNION ALL
    SELECT 'levering-bedrag', 'levering ' || delivery_id, NULL, NULL,
           coalesce(naming.spent, 0)::text, told.cents::text
    FROM told LEFT JOIN naming ON naming.delivery = told.delivery_id::text
    WHERE told.cents <> coalesce(naming.spent, 0)
    UNION ALL
    SELECT 'levering-afwijkend', 'levering ' || delivery_id, entry_id, field.name, said, stored
    FROM told JOIN booked ON booked.delivery = told.delivery_id::text
    CROSS JOIN LATERAL (VALUES
        ('de trekking', draw_id::text, booked.decision::text),
        ('het document', told.document, booked.document)
    ) AS field (name, stored, said)
    WHERE stored IS DISTINCT FROM said
    UNION ALL
    SELECT 'boeking-zonder-levering', NULL, entry_id, NULL, NULL, booked.delivery
    FROM booked LEFT JOIN told ON told.delivery_id::text = booked.delivery
    WHERE told.delivery_id IS NULL
"""

_REQUESTS: Final = """
    SELECT CASE WHEN answered.result IS NULL THEN 'levering-zonder-opdracht'
                ELSE 'levering-afwijkend' END,
           'levering ' || delivery_id, NULL::uuid, 'wie leverde en wanneer',
           answered.actor || ' ' || answered.recorded_at,
           delivery.actor || ' ' || delivery.recorded_at
    FROM domains.delivery AS delivery
    LEFT JOIN domains.answered AS answered
      ON answered.gemeente = %(gemeente)s AND answered.result = delivery.delivery_id
    WHERE delivery.gemeente = %(gemeente)s
      AND (answered.actor IS DISTINCT FROM delivery.actor
           OR answered.recorded_at IS DISTINCT FROM delivery.recorded_at)
"""

_LINES: Final = """
    WITH stored AS MATERIALIZED (
        SELECT draw_id, decision_number AS number, jsonb_build_object(
            'number', line, 'product', jsonb_build_object('category', product_category,
                'code', product_code, 'unit', unit),
            'volume_e4', volume_e4, 'tariff_e4', tariff_e4, 'rounding', rounding,
            'tariff_version', tariff_version, 'purchase_scale', purchase_scale,
            'signal', signal, 'from_date', from_date, 'until_date', until_date,
            'amount_cents', amount_cents) AS told
        FROM domains.draw_line WHERE gemeente = %(gemeente)s
    ), decided AS MATERIALIZED (
        SELECT draw_id, number, told
        FROM (SELECT draw_id, number, record::jsonb AS record FROM domains.draw_decision
              WHERE gemeente = %(gemeente)s AND occasion <> 'herdekking' OFFSET 0) AS decision
        CROSS JOIN LATERAL jsonb_array_elements(CASE
            WHEN record #> '{decision,parts}' = '[]' THEN '[]'::jsonb
            ELSE coalesce(record #> '{raised,lines}', record #> '{request,lines}', '[]') END
        ) AS told
    )
    SELECT 'regel-afwijkend', 'trekking ' || draw_id, NULL::uuid, NULL, NULL, told::text
    FROM (SELECT * FROM stored EXCEPT ALL SELECT * FROM decided) AS more
    UNION ALL
    SELECT 'regel-afwijkend', 'trekking ' || draw_id, NULL::uuid, NULL, told::text, NULL
    FROM (SELECT * FROM decided EXCEPT ALL SELECT * FROM stored) AS less
"""

STATEMENTS: Final = (
    ("leveringen", _DELIVERIES),
    ("opdrachten van leveringen", _REQUESTS),
    ("regels van trekkingen", _LINES),
)
"""Each pass by its name."""
