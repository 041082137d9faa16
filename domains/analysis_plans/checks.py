"""What must be so when interventions and analysis plans are compared with the books.

Each is an answer to a request in the chain, so that nobody can say afterwards that a plan was there
before it was; how far the books had come when a plan was registered follows from the chain too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "analyseplan-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord",
        "analyseplan-afwijkend": "{detail} is {found}; de opdracht in de boeken zegt {expected}",
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
    LEFT JOIN (
        SELECT result, request.actor, link.recorded_at, chain_number
        FROM ledger.request AS request CROSS JOIN unnest(results) AS result
        JOIN ledger.link AS link USING (gemeente, chain_number)
        WHERE request.gemeente = %(gemeente)s
    ) AS answered ON answered.result = kept.result
    CROSS JOIN LATERAL (VALUES
        ('wie vastlegde en wanneer', kept.actor || ' ' || kept.at,
         answered.actor || ' ' || answered.recorded_at),
        ('de stand van de boeken', kept.after::text,
         CASE WHEN kept.after IS NOT NULL AND kept.after >= answered.chain_number
              THEN (answered.chain_number - 1)::text ELSE kept.after::text END)
    ) AS field (name, stored, said)
    WHERE field.stored IS DISTINCT FROM field.said
"""

STATEMENTS: Final = (("vastlegging van interventies en analyseplannen", REQUESTS),)
