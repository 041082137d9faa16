"""What must be so when imports of observed costs and severities are compared with the books.

An import and a list of severities are answers to requests in the chain; an import's entries sum to
what it says.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waarneming-zonder-opdracht": "geen opdracht in de boeken heeft dit als antwoord",
        "waarneming-afwijkend": "{detail} is {found}; de opdracht in de boeken zegt {expected}",
        "waarneming-bedrag": "de inlezing zegt samen {found}; haar boekingen geven {expected}",
        "boeking-zonder-inlezing": "de boeking noemt een inlezing van waargenomen kosten die er"
        " niet is ({found})",
    }
)

AMOUNTS: Final = frozenset({"waarneming-bedrag"})

REQUESTS: Final = """
    WITH kept (what, result, actor, at) AS (
        SELECT 'waargenomen kosten uit ' || file_name, import_id, actor, recorded_at
        FROM domains.cost_import WHERE gemeente = %(gemeente)s
        UNION ALL
        SELECT 'zwaarte van gezin ' || family_id || ' op ' || measured_on, list_id, actor,
               recorded_at
        FROM domains.family_severity WHERE gemeente = %(gemeente)s
    )
    SELECT CASE WHEN answered.result IS NULL THEN 'waarneming-zonder-opdracht'
                ELSE 'waarneming-afwijkend' END,
           kept.what, NULL::uuid, 'wie vastlegde en wanneer',
           answered.actor || ' ' || answered.recorded_at, kept.actor || ' ' || kept.at
    FROM kept
    LEFT JOIN (
        SELECT DISTINCT ON (result) * FROM domains.answered WHERE gemeente = %(gemeente)s
        ORDER BY result, chain_number
    ) AS answered ON answered.result = kept.result
    WHERE answered.actor IS DISTINCT FROM kept.actor
       OR answered.recorded_at IS DISTINCT FROM kept.at
"""

AMOUNTS_BOOKED: Final = """
    WITH booked AS MATERIALIZED (
        SELECT entry.decision AS import_id, sum(posting.amount_cents) AS cents
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE entry.gemeente = %(gemeente)s AND entry.kind = 'waarneming'
          AND account.code = %(observed)s
        GROUP BY 1
    )
    SELECT CASE WHEN kept.import_id IS NULL THEN 'boeking-zonder-inlezing'
                ELSE 'waarneming-bedrag' END,
           coalesce('waargenomen kosten uit ' || kept.file_name, 'waargenomen kosten'), NULL::uuid,
           NULL, coalesce(booked.cents, 0)::text,
           coalesce(kept.amount_cents::text, import_id::text)
    FROM (SELECT * FROM domains.cost_import WHERE gemeente = %(gemeente)s) AS kept
    FULL JOIN booked USING (import_id)
    WHERE coalesce(kept.amount_cents, 0) <> coalesce(booked.cents, 0) OR kept.import_id IS NULL
"""

STATEMENTS: Final = (
    ("vastlegging van waargenomen kosten en zwaarte", REQUESTS),
    ("bedragen van waargenomen kosten", AMOUNTS_BOOKED),
)
