"""What must be so when interventions and analysis plans are compared with the books.

Each is an answer to a request in the chain, so that nobody can say afterwards that a plan was there
before it was. The id of an intervention or a plan is made from all that it says: whoever changes a
word of it changes the id that the chain should have. How far the books had come when a plan was
registered follows from the chain too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "analyseplan-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord",
        "analyseplan-afwijkend": "{detail} is {found}; de opdracht in de boeken zegt {expected}",
        "analyseplan-inhoud": "bij wat er nu staat hoort nummer {found}; in de boeken staat"
        " {expected}",
    }
)

REQUESTS: Final = """
    WITH kept (what, result, actor, at, after) AS (
        SELECT 'interventie ' || code || ' versie ' || version, intervention_id, actor,
               recorded_at, NULL::bigint
        FROM domains.intervention WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'analyseplan ' || plan_id, plan_id, actor, registered_at, registered_after
        FROM domains.analysis_plan WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'intrekking van analyseplan ' || plan_id, withdrawal_id, actor, withdrawn_at, NULL
        FROM domains.analysis_plan_withdrawal WHERE gemeente = %(gemeente)s
    )
    SELECT CASE WHEN answered.result IS NULL THEN 'analyseplan-zonder-opdracht'
                ELSE 'analyseplan-afwijkend' END,
           kept.what, NULL::uuid, field.name, field.said, field.stored
    FROM kept
    LEFT JOIN domains.answered AS answered
      ON answered.gemeente = %(gemeente)s AND answered.result = kept.result
    CROSS JOIN LATERAL (VALUES
        ('wie vastlegde en wanneer', kept.actor || ' ' || kept.at,
         answered.actor || ' ' || answered.recorded_at),
        ('de stand van de boeken', kept.after::text,
         CASE WHEN kept.after IS NOT NULL AND kept.after >= answered.chain_number
              THEN (answered.chain_number - 1)::text ELSE kept.after::text END)
    ) AS field (name, stored, said)
    WHERE field.stored IS DISTINCT FROM field.said
"""

CONTENTS: Final = """
    WITH kept (what, result, says) AS (
        SELECT 'interventie ' || code || ' versie ' || version, intervention_id,
               ARRAY[gemeente, code, version::text, name, array_to_string(kinds, E'\\x1f')]
        FROM domains.intervention WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'analyseplan ' || plan_id, plan_id,
               ARRAY[gemeente, title, array_to_string(interventions, E'\\x1f'),
                     array_to_string(intervention_versions, E'\\x1f'),
                     array_to_string(domains, E'\\x1f'), starts_from::text, starts_until::text,
                     first_month::text, until_month::text, assignment, window_months::text,
                     price_base::text, registered_after::text]
        FROM domains.analysis_plan WHERE gemeente = %(gemeente)s
    ), hashed AS (
        SELECT what, result, left(encode(sha256(convert_to((
                   SELECT string_agg(ledger.netstring(text), '' ORDER BY place)
                   FROM unnest(says) WITH ORDINALITY AS each (text, place)
               ), 'UTF8')), 'hex'), 32) AS hex
        FROM kept
    ), told AS (
        SELECT what, result, overlay(overlay(hex PLACING '8' FROM 13) PLACING
                   to_hex(('x' || substr(hex, 17, 1))::bit(4)::integer & 3 | 8) FROM 17)::uuid AS id
        FROM hashed
    )
    SELECT 'analyseplan-inhoud', what, NULL::uuid, NULL, result::text, id::text
    FROM told WHERE id <> result
"""

STATEMENTS: Final = (
    ("vastlegging van interventies en analyseplannen", REQUESTS),
    ("inhoud van interventies en analyseplannen", CONTENTS),
)
