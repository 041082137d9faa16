"""What must be so when changes of a budget and settings are compared with the books.

A setting, a draft and an adoption are each the answer to a request in the chain. An adoption booked
exactly its lasten, and its entry carries the hash of every line, so that baten are tied too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vastlegging-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord",
        "vastlegging-afwijkend": "{detail} is {found}; de opdracht in de boeken zegt {expected}",
        "wijziging-boekingen": "de vaststelling noemt de boekingen {found}; die haar noemen zijn"
        " {expected}",
        "wijziging-afwijkend": "{detail} is {found}; de boeking zegt {expected}",
        "wijziging-bedrag": "op {detail} boekte de vaststelling {found}; haar lasten geven"
        " {expected}",
    }
)

AMOUNTS: Final = frozenset({"wijziging-bedrag"})

REQUESTS: Final = """
    WITH kept (what, result, actor, at) AS (
        SELECT 'instelling ' || name || ' ' || number, setting_id, actor, recorded_at
        FROM domains.setting WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'begrotingswijziging ' || change_id || ' versie ' || number, version_id, actor,
               recorded_at
        FROM domains.budget_change WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'vaststelling ' || change_id, change_id, actor, adopted_at
        FROM domains.budget_change_adoption WHERE gemeente = %(gemeente)s
    )
    SELECT CASE WHEN answered.result IS NULL THEN 'vastlegging-zonder-opdracht'
                ELSE 'vastlegging-afwijkend' END,
           kept.what, NULL::uuid, 'wie vastlegde en wanneer',
           answered.actor || ' ' || answered.recorded_at, kept.actor || ' ' || kept.at
    FROM kept
    LEFT JOIN domains.answered AS answered
      ON answered.gemeente = %(gemeente)s AND answered.result = kept.result
    WHERE answered.actor IS DISTINCT FROM kept.actor
       OR answered.recorded_at IS DISTINCT FROM kept.at
"""

ADOPTIONS: Final = """
    WITH adopted AS MATERIALIZED (
        SELECT change_id, number, version.year, adoption.decision,
               ARRAY(SELECT unnest(adoption.entries) ORDER BY 1) AS entries
        FROM domains.budget_change_adoption AS adoption
        JOIN domains.budget_change AS version USING (gemeente, change_id, number)
        WHERE adoption.gemeente = %(gemeente)s
    ), booked AS MATERIALIZED (
        SELECT entry_id, decision AS change_id, document, chain_number, position,
               metadata ->> 'regels_sha256' AS hash
        FROM ledger.entry
        WHERE gemeente = %(gemeente)s AND kind = 'begrotingswijziging'
    ), line AS MATERIALIZED (
        SELECT adopted.year, line.*
        FROM domains.budget_change_line AS line JOIN adopted USING (change_id, number)
        WHERE line.gemeente = %(gemeente)s
    ), owed AS (
        SELECT change_id, %(free)s AS code, source || '-' || year AS fund, '' AS programme,
               '' AS taakveld, sum(change_cents) AS cents
        FROM line WHERE side = 'lasten' GROUP BY change_id, source, year
        UNION ALL
        SELECT change_id, %(authorisation)s, source || '-' || year, programme, taakveld,
               -sum(change_cents)
        FROM line WHERE side = 'lasten' GROUP BY change_id, source, year, programme, taakveld
    ), paid AS (
        SELECT booked.change_id, account.code, account.colour AS fund,
               coalesce(dimensions ->> 'programma', '') AS programme,
               coalesce(dimensions ->> 'taakveld', '') AS taakveld, sum(amount_cents) AS cents
        FROM booked
        JOIN ledger.posting AS posting ON posting.gemeente = %(gemeente)s
            AND posting.chain_number = booked.chain_number
            AND posting.position = booked.position
        JOIN ledger.account AS account USING (gemeente, account_id)
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT 'wijziging-boekingen', 'vaststelling ' || change_id, NULL::uuid, NULL,
           array_to_string(coalesce(naming.entries, '{}'), ', '),
           array_to_string(coalesce(adopted.entries, '{}'), ', ')
    FROM adopted FULL JOIN (
        SELECT change_id, array_agg(entry_id ORDER BY entry_id) AS entries
        FROM booked GROUP BY change_id
    ) AS naming USING (change_id)
    WHERE coalesce(adopted.entries, '{}') <> coalesce(naming.entries, '{}')
    UNION ALL
    SELECT 'wijziging-afwijkend', 'vaststelling ' || change_id, entry_id, field.name, said, stored
    FROM adopted JOIN booked USING (change_id)
    JOIN (
        SELECT change_id, encode(sha256(convert_to(string_agg(concat_ws(E'\\x1f', side, source,
                   programme, taakveld, change_cents, duration, cause), E'\\n'
                   ORDER BY sequence), 'UTF8')), 'hex') AS hash
        FROM line GROUP BY change_id
    ) AS told USING (change_id)
    CROSS JOIN LATERAL (VALUES
        ('het besluit', adopted.decision, booked.document),
        ('de hash van de regels', told.hash, booked.hash)
    ) AS field (name, stored, said)
    WHERE stored IS DISTINCT FROM said
    UNION ALL
    SELECT 'wijziging-bedrag', 'vaststelling ' || change_id, NULL,
           concat_ws(' ', code, fund, nullif(programme, ''), nullif(taakveld, '')),
           coalesce(owed.cents, 0)::text, coalesce(paid.cents, 0)::text
    FROM owed FULL JOIN paid USING (change_id, code, fund, programme, taakveld)
    WHERE coalesce(owed.cents, 0) <> coalesce(paid.cents, 0)
"""

STATEMENTS: Final = (
    ("vastlegging van instellingen en begrotingswijzigingen", REQUESTS),
    ("vaststelling van begrotingswijzigingen", ADOPTIONS),
)
