"""Checks that the decisions are those that the books know: draws and imported budgets.

The books have a chain of their own (see ledger/checker.py); what is decided here is tied to it by
the ids in the answers to requests, by the hash of the record and by the amounts. Every statement
works on all rows of a municipality at once and gives only what is wrong. What no statement ties to
the chain is told in docs/architecture.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.analysis_plans import checks as analysis_plans
from domains.audit import checks as audit
from domains.benefits.bookings import checks as benefits
from domains.budget_changes import checks as budget_changes
from domains.costs import checks as costs
from domains.debt_help import checks as debt_help
from domains.declarations import checks as declarations
from domains.neighbours import checks as neighbours
from domains.payers import checks as payers
from domains.persons import checks as persons
from domains.reservations import checks as reservations
from domains.rule_base.queries import rule_base_of_version
from domains.year_end import checks as year_end
from ledger import money
from ledger.accounts import Book
from ledger.checker import MOST_FINDINGS
from ledger.findings import Finding
from ledger.reading import rows

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trekking-afwijkend": "{detail} is {found}; het vastgelegde besluit zegt {expected}",
        "trekking-zonder-opdracht": "geen opdracht in de boeken heeft deze trekking als antwoord",
        "trekking-boekingen": "de trekking noemt de boekingen {found}; die haar noemen zijn"
        " {expected}",
        "trekking-besluit": "de boeking hoort bij een besluit met hash {expected};"
        " het vastgelegde besluit heeft {found}",
        "trekking-bedrag": "de dekkingsperioden geven samen {found}; toegekend is {expected}",
        "trekking-lasten": "de lasten van {detail} zijn {found}; besteed is {expected}",
        "dekking-boeking": "{detail} is in de dekkingsperioden {found}; de boeking zegt {expected}",
        "dekking-onder-nul": "dekkingsperiode {detail} staat onder nul: {found}",
        "dekking-afwijkend": "vastgelegd als dekkingsperiode is {found};"
        " het besluit zegt {expected}",
        "trekking-regelversie": "geen stand van de rechtsregels heet {found}",
        "boeking-zonder-trekking": "de boeking noemt een trekking die er niet is ({found})",
        "begroting-boekingen": "er zijn {found} boekingen bij het inlezen in plaats van {expected}",
        "begroting-zonder-inlezing": "{detail} hoort bij een ingelezen begroting die er niet is"
        " ({found})",
        "begroting-afwijkend": "{detail} is {found}; de boeking zegt {expected}",
        "gezinsbudget-zonder-opdracht": "geen opdracht in de boeken heeft stap {detail} tot"
        " antwoord",
        "gezinsbudget-afwijkend": "wie stap {detail} zette en wanneer is {found}; de opdracht zegt"
        " {expected}",
        "gezinsbudget-stappen": "er zijn {found} stappen; de laatste heeft nummer {expected}",
        "gezinsbudget-bedrag": "stap {detail} zegt {found}; geboekt is {expected}",
        "boeking-zonder-gezinsbudget": "geen stap van een gezinsbudget noemt deze boeking",
        "begroting-bedrag": "op {detail} boekte de begroting {found}; haar regels geven {expected}",
        **analysis_plans.SENTENCES,
        **benefits.SENTENCES,
        **budget_changes.SENTENCES,
        **costs.SENTENCES,
        **payers.SENTENCES,
        **neighbours.SENTENCES,
        **reservations.SENTENCES,
        **year_end.SENTENCES,
        **debt_help.SENTENCES,
        **persons.SENTENCES,
        **declarations.SENTENCES,
        **audit.SENTENCES,
    }
)
"""Every kind of finding, with its sentence."""

_AMOUNTS: Final = (
    benefits.AMOUNTS
    | budget_changes.AMOUNTS
    | costs.AMOUNTS
    | declarations.AMOUNTS
    | payers.AMOUNTS
    | neighbours.AMOUNTS
    | reservations.AMOUNTS
    | year_end.AMOUNTS
    | {
        "gezinsbudget-bedrag",
        "trekking-bedrag",
        "trekking-lasten",
        "begroting-bedrag",
        "dekking-boeking",
        "dekking-onder-nul",
    }
)
"""The kinds whose values are whole cents."""

# Statistics may be old right after a large import: never look up row by row.
_PLANNER: Final = """
SELECT set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true),
       set_config('datestyle', 'ISO, YMD', true), set_config('work_mem', '32MB', true)
"""

_DRAW_ROWS: Final = """
    SELECT 'trekking-afwijkend', 'trekking ' || draw_id, NULL::uuid, field.name, decided, stored
    FROM (SELECT draw.*, decision.number, decision.occasion, decision.outcome, decision.refusal,
                 decision.until_date AS stands_until, decision.granted_cents,
                 decision.approval_by, decision.approve_before, decision.record::jsonb AS told
          FROM domains.draw AS draw JOIN domains.draw_decision AS decision USING (gemeente, draw_id)
          WHERE gemeente = %(gemeente)s OFFSET 0) AS draw
    CROSS JOIN LATERAL (VALUES
        ('het gezinsbudget', family_budget_id::text, told #>> '{request,family_budget}'),
        ('de personen', to_jsonb(persons)::text, told #>> '{request,persons}'),
        ('de soort hulp', kind, told #>> '{request,kind}'),
        ('de eerste dag', from_date::text, told #>> '{request,from_date}'),
        ('de dag na de laatste', until_date::text, told #>> '{request,until_date}'),
        ('het bedrag in centen', amount_cents::text, told #>> '{request,amount_cents}'),
        ('de betaling', payment, told #>> '{request,payment}'),
        ('de aanbieder', provider, told #>> '{request,provider}'),
        ('de omschrijving', description, told #>> '{request,description}'),
        ('de spoed', to_jsonb(urgent)::text, told #>> '{request,urgent}'),
        ('de vraag', request::jsonb::text, told #>> '{request}'),
        ('de aanleiding', occasion, told #>> '{occasion}'),
        ('de uitkomst', outcome, told #>> '{decision,outcome}'),
        ('de weigering', refusal, told #>> '{refusal}'),
        ('de dag tot wanneer de hulp staat', stands_until::text, told #>> '{decision,until_date}'),
        ('het toegekende bedrag in centen', granted_cents::text,
         told #>> '{decision,granted_cents}'),
        ('wie akkoord geeft', approval_by, coalesce(told #>> '{decision,approval,by}', '')),
        ('wanneer het een stap omhoog gaat', approve_before::text,
         told #>> '{decision,approval,before}')
    ) AS field (name, stored, decided)
    WHERE stored IS DISTINCT FROM decided
"""

# A decision is the answer to a request, or booked by one: by the same actor at the same moment.
_DRAW_REQUESTS: Final = """
    WITH known AS MATERIALIZED (
        SELECT result AS draw_id, actor, recorded_at FROM domains.answered
        WHERE gemeente = %(gemeente)s
        UNION
        SELECT decision, actor, recorded_at FROM ledger.entry
        WHERE gemeente = %(gemeente)s AND decision IS NOT NULL
    ), told AS (
        SELECT draw_id, decided_at, actor FROM domains.draw_decision
        WHERE gemeente = %(gemeente)s
        UNION SELECT draw_id, asked_at, actor FROM domains.draw WHERE gemeente = %(gemeente)s
    )
    SELECT CASE WHEN answered.moments IS NULL THEN 'trekking-zonder-opdracht'
                ELSE 'trekking-afwijkend' END,
           'trekking ' || told.draw_id, NULL::uuid, 'wie besloot en wanneer',
           answered.moments, told.actor || ' ' || told.decided_at
    FROM told
    LEFT JOIN known ON known.draw_id = told.draw_id AND known.actor = told.actor
        AND known.recorded_at = told.decided_at
    LEFT JOIN (
        SELECT draw_id, string_agg(actor || ' ' || recorded_at, ', ' ORDER BY recorded_at, actor)
            AS moments
        FROM known GROUP BY draw_id
    ) AS answered ON answered.draw_id = told.draw_id
    WHERE known.draw_id IS NULL
"""

# A plain entry (memoriaal) rests on no decision.
_DRAW_ENTRIES: Final = """
    WITH booked AS MATERIALIZED (
        SELECT entry_id, decision, rule_version, metadata ->> 'besluit_sha256' AS hash
        FROM ledger.entry WHERE gemeente = %(gemeente)s AND kind <> 'memoriaal'
          AND (kind = 'trekking' OR metadata ->> 'besluit_sha256' IS NOT NULL)
    ), decided AS MATERIALIZED (
        SELECT draw_id, entries,
               encode(sha256(convert_to(record::text, 'UTF8')), 'hex') AS hash,
               record #>> '{decision,rule_version}' AS rule_version
        FROM domains.draw_decision WHERE gemeente = %(gemeente)s
    ), named AS MATERIALIZED (
        SELECT draw_id, hash, rule_version, entry_id FROM decided
        CROSS JOIN unnest(entries) AS entry_id
    )
    SELECT 'trekking-boekingen', 'trekking ' || draw_id, NULL::uuid, NULL,
           array_to_string(coalesce(naming.entries, '{}'), ', '),
           array_to_string(coalesce(draw.entries, '{}'), ', ')
    FROM (
        SELECT known.draw_id, listed.entries
        FROM (SELECT DISTINCT draw_id FROM decided) AS known
        LEFT JOIN (
            SELECT draw_id, array_agg(entry_id ORDER BY entry_id) AS entries
            FROM named GROUP BY draw_id
        ) AS listed USING (draw_id)
    ) AS draw LEFT JOIN (
        SELECT decision, array_agg(entry_id ORDER BY entry_id) AS entries
        FROM booked GROUP BY decision
    ) AS naming ON naming.decision = draw.draw_id
    WHERE coalesce(draw.entries, '{}') <> coalesce(naming.entries, '{}')
    UNION ALL
    SELECT 'trekking-besluit', 'trekking ' || draw_id, entry_id, NULL, booked.hash, named.hash
    FROM booked JOIN named USING (entry_id)
    WHERE booked.decision = named.draw_id AND booked.hash IS DISTINCT FROM named.hash
    UNION ALL
    SELECT 'trekking-afwijkend', 'trekking ' || draw_id, entry_id, 'de regelversie van de boeking',
           named.rule_version, booked.rule_version
    FROM booked JOIN named USING (entry_id)
    WHERE booked.decision = named.draw_id
      AND booked.rule_version IS DISTINCT FROM named.rule_version
    UNION ALL
    SELECT 'boeking-zonder-trekking', NULL, entry_id, NULL, NULL, decision::text
    FROM booked LEFT JOIN (SELECT DISTINCT draw_id FROM decided) AS draw
        ON draw.draw_id = booked.decision
    WHERE draw.draw_id IS NULL
"""

_DRAW_AMOUNTS: Final = """
    WITH granted AS MATERIALIZED (
        SELECT part.draw_id, sum(move.reserved_cents + move.spent_cents) AS cents
        FROM domains.part_move AS move JOIN domains.part AS part USING (gemeente, part_id)
        WHERE gemeente = %(gemeente)s AND move.kind = 'toegekend' GROUP BY part.draw_id
    ), latest AS MATERIALIZED (
        SELECT DISTINCT ON (draw_id) draw_id, granted_cents FROM domains.draw_decision
        WHERE gemeente = %(gemeente)s ORDER BY draw_id, number DESC
    ), booked AS MATERIALIZED (
        SELECT entry.decision, account.colour,
               coalesce(sum(amount_cents) FILTER (
                   WHERE book = %(budget)s AND code = %(spent)s), 0) AS spent,
               coalesce(sum(amount_cents) FILTER (
                   WHERE book = %(costs)s AND code LIKE '4%%'), 0) AS cost
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND entry.decision IN (SELECT draw_id FROM latest)
        GROUP BY entry.decision, account.colour
    )
    SELECT 'trekking-bedrag', 'trekking ' || draw_id, NULL::uuid, NULL,
           latest.granted_cents::text, coalesce(granted.cents, 0)::text
    FROM latest LEFT JOIN granted USING (draw_id)
    WHERE latest.granted_cents <> coalesce(granted.cents, 0)
    UNION ALL
    SELECT 'trekking-lasten', 'trekking ' || decision, NULL::uuid, colour, spent::text, cost::text
    FROM booked WHERE spent <> cost
"""

# What each entry did to the parts of a draw is what it booked on the accounts of that draw.
_PARTS: Final = """
    WITH moved AS (
        SELECT move.entry_id, part.draw_id::text AS draw_id, part.fund, part.taakveld,
               part.category, sum(move.reserved_cents) AS reserved, sum(move.spent_cents) AS spent
        FROM domains.part_move AS move JOIN domains.part AS part USING (gemeente, part_id)
        WHERE gemeente = %(gemeente)s GROUP BY 1, 2, 3, 4, 5
    ), booked AS (
        SELECT entry.entry_id, dimensions ->> 'verplichting' AS draw_id, account.colour AS fund,
               dimensions ->> 'taakveld' AS taakveld, dimensions ->> 'categorie' AS category,
               coalesce(sum(amount_cents) FILTER (WHERE code = %(reserved)s), 0) AS reserved,
               coalesce(sum(amount_cents) FILTER (WHERE code = %(spent)s), 0) AS spent
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND book = %(budget)s
          AND code IN (%(reserved)s, %(spent)s) AND dimensions ->> 'betaler' IS NULL
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT 'dekking-boeking', 'trekking ' || draw_id, entry_id,
           concat_ws(' ', name, fund, taakveld, category), said::text, stored::text
    FROM moved FULL JOIN booked USING (entry_id, draw_id, fund, taakveld, category)
    CROSS JOIN LATERAL (VALUES
        ('verplicht', coalesce(booked.reserved, 0), coalesce(moved.reserved, 0)),
        ('besteed', coalesce(booked.spent, 0), coalesce(moved.spent, 0))
    ) AS amount (name, said, stored)
    WHERE said <> stored
    UNION ALL
    SELECT 'dekking-onder-nul', 'trekking ' || draw_id, NULL::uuid, part_id::text, NULL,
           least(reserved_cents, spent_cents)::text
    FROM domains.standing_part
    WHERE gemeente = %(gemeente)s AND (reserved_cents < 0 OR spent_cents < 0)
"""

# What a decision granted stands in its record, part by part.
_PART_ROWS: Final = """
    WITH stored AS MATERIALIZED (
        SELECT part.draw_id, part.decision_number AS number, jsonb_build_object(
            'person', person_id, 'line', line, 'fund', fund, 'place', place, 'wijk', wijk,
            'gezin', gezin, 'rule', rule, 'from_date', from_date, 'until_date', until_date,
            'taakveld', taakveld, 'category', category, 'cost_account', cost_account,
            'standing', standing, 'provisional', provisional, 'payer', payer,
            'to_be_shown', to_be_shown, 'stands_in_for', stands_in_for, 'ahead', ahead,
            'amount_cents', move.reserved_cents + move.spent_cents) AS told
        FROM domains.part AS part JOIN domains.part_move AS move USING (gemeente, part_id)
        WHERE gemeente = %(gemeente)s AND (move.kind = 'toegekend'
            OR move.kind = 'herdekt' AND move.reserved_cents + move.spent_cents > 0)
    ), decided AS MATERIALIZED (
        SELECT draw_id, number, told
        FROM (SELECT draw_id, number, record::jsonb #> '{decision,parts}' AS parts
              FROM domains.draw_decision WHERE gemeente = %(gemeente)s OFFSET 0) AS decision
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE WHEN jsonb_typeof(parts) = 'array' THEN parts ELSE '[]' END) AS told
    )
    SELECT 'dekking-afwijkend', 'trekking ' || draw_id, NULL::uuid, NULL, NULL, told::text
    FROM (SELECT * FROM stored EXCEPT ALL SELECT * FROM decided) AS more
    UNION ALL
    SELECT 'dekking-afwijkend', 'trekking ' || draw_id, NULL::uuid, NULL, told::text, NULL
    FROM (SELECT * FROM decided EXCEPT ALL SELECT * FROM stored) AS less
"""

_BUDGETS: Final = """
    WITH import AS MATERIALIZED (
        SELECT * FROM domains.budget_import WHERE gemeente = %(gemeente)s
    ), booked AS MATERIALIZED (
        SELECT import.import_id, entry.chain_number, entry.position, entry.entry_id,
               entry.document, entry.actor, entry.recorded_at
        FROM import
        JOIN domains.answered ON result = import_id
        JOIN ledger.entry AS entry ON entry.gemeente = answered.gemeente
            AND entry.chain_number = answered.chain_number
            AND entry.request_number = answered.request_number AND entry.kind = 'begroting'
        WHERE answered.gemeente = %(gemeente)s
    ), line AS (
        SELECT import_id, source || '-' || year AS fund, coalesce(programme, '') AS programme,
               taakveld, amount_cents
        FROM domains.budget_import_line JOIN import USING (gemeente, import_id)
        WHERE source IS NOT NULL
    ), owed AS (
        SELECT import_id, %(free)s AS code, fund, '' AS programme, '' AS taakveld,
               sum(amount_cents) AS cents
        FROM line GROUP BY import_id, fund
        UNION ALL
        SELECT import_id, %(authorisation)s, fund, programme, taakveld, -sum(amount_cents)
        FROM line GROUP BY import_id, fund, programme, taakveld
    ), paid AS (
        SELECT booked.import_id, account.code, account.colour AS fund,
               coalesce(dimensions ->> 'programma', '') AS programme,
               coalesce(dimensions ->> 'taakveld', '') AS taakveld, sum(amount_cents) AS cents
        FROM booked
        JOIN ledger.posting AS posting ON posting.gemeente = %(gemeente)s
            AND posting.chain_number = booked.chain_number
            AND posting.position = booked.position
        JOIN ledger.account AS account USING (gemeente, account_id)
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT 'begroting-boekingen', 'begroting ' || year, NULL::uuid, NULL,
           '1', coalesce(number, 0)::text
    FROM import LEFT JOIN (
        SELECT import_id, count(*) AS number FROM booked GROUP BY import_id
    ) AS counted USING (import_id)
    WHERE coalesce(number, 0) <> 1
    UNION ALL
    SELECT 'begroting-zonder-inlezing', NULL, entry_id, 'deze boeking', NULL,
           array_to_string(results, ', ')
    FROM ledger.entry AS entry
    JOIN ledger.request AS request USING (gemeente, chain_number, request_number)
    WHERE gemeente = %(gemeente)s AND entry.kind = 'begroting'
      AND NOT entry_id = ANY (results)
      AND NOT EXISTS (SELECT 1 FROM booked WHERE booked.entry_id = entry.entry_id)
    UNION ALL
    SELECT 'begroting-zonder-inlezing', NULL, NULL, 'begrotingsregel ' || sequence,
           NULL, import_id::text
    FROM domains.budget_import_line LEFT JOIN import USING (gemeente, import_id)
    WHERE gemeente = %(gemeente)s AND import.year IS NULL
    UNION ALL
    SELECT 'begroting-afwijkend', 'begroting ' || year, entry_id, field.name, said, stored
    FROM import JOIN booked USING (import_id)
    CROSS JOIN LATERAL (VALUES
        ('het bestand', file_name || ' sha256:' || file_sha256, booked.document),
        ('wie inlas en wanneer', import.actor || ' ' || import.recorded_at,
         booked.actor || ' ' || booked.recorded_at)
    ) AS field (name, stored, said)
    WHERE stored IS DISTINCT FROM said
    UNION ALL
    SELECT 'begroting-bedrag', 'begroting ' || year, NULL,
           concat_ws(' ', code, fund, nullif(programme, ''), nullif(taakveld, '')),
           coalesce(owed.cents, 0)::text, coalesce(paid.cents, 0)::text
    FROM owed FULL JOIN paid USING (import_id, code, fund, programme, taakveld)
    JOIN import USING (import_id)
    WHERE coalesce(owed.cents, 0) <> coalesce(paid.cents, 0)
"""

_FAMILY_BUDGETS: Final = """
    WITH step AS MATERIALIZED (
        SELECT step.*, budget.family_id::text AS gezin
        FROM domains.family_budget_step AS step
        JOIN domains.family_budget AS budget USING (gemeente, family_budget_id)
        WHERE gemeente = %(gemeente)s
    ), asked AS (
        SELECT result, actor || ' ' || recorded_at AS who FROM domains.answered
        WHERE gemeente = %(gemeente)s
    ), booked AS MATERIALIZED (
        SELECT entry.entry_id, account.dimensions ->> 'gezin' AS gezin,
               sum(amount_cents) AS moved_cents
        FROM ledger.entry AS entry
        JOIN ledger.posting AS posting USING (gemeente, chain_number, position)
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE gemeente = %(gemeente)s AND entry.kind = ANY (%(family_budget_kinds)s)
          AND account.code = %(family)s
        GROUP BY entry.entry_id, gezin
    )
    SELECT CASE WHEN asked.who IS NULL THEN 'gezinsbudget-zonder-opdracht'
                ELSE 'gezinsbudget-afwijkend' END,
           'gezinsbudget ' || family_budget_id, NULL::uuid, number::text,
           asked.who, step.actor || ' ' || step.recorded_at
    FROM step LEFT JOIN asked ON asked.result = step.step_id
    WHERE asked.who IS DISTINCT FROM step.actor || ' ' || step.recorded_at
    UNION ALL
    SELECT 'gezinsbudget-stappen', 'gezinsbudget ' || family_budget_id, NULL, NULL,
           coalesce(max(number), 0)::text, count(number)::text
    FROM domains.family_budget AS budget LEFT JOIN step USING (gemeente, family_budget_id)
    WHERE budget.gemeente = %(gemeente)s
    GROUP BY family_budget_id
    HAVING coalesce(max(number), 0) <> count(number) OR count(number) = 0
    UNION ALL
    SELECT 'gezinsbudget-bedrag', 'gezinsbudget ' || family_budget_id, step.entry_id, number::text,
           coalesce(booked.moved_cents, 0)::text, step.moved_cents::text
    FROM step LEFT JOIN booked USING (entry_id, gezin)
    WHERE step.moved_cents <> coalesce(booked.moved_cents, 0)
    UNION ALL
    SELECT 'boeking-zonder-gezinsbudget', NULL, entry_id, NULL, NULL, NULL
    FROM booked LEFT JOIN step USING (entry_id, gezin)
    WHERE step.step_id IS NULL
"""

_RULE_VERSIONS: Final = """
    SELECT DISTINCT coalesce(record #>> '{decision,rule_version}', '') FROM domains.draw_decision
    WHERE gemeente = %(gemeente)s
"""

_UNKNOWN_RULES: Final = """
    SELECT 'trekking-regelversie', 'trekking ' || draw_id, NULL::uuid, NULL, NULL,
           record #>> '{decision,rule_version}'
    FROM domains.draw_decision
    WHERE gemeente = %(gemeente)s
      AND coalesce(record #>> '{decision,rule_version}', '') = ANY (%(versions)s::text[])
"""

_STATEMENTS: Final = (
    ("trekkingen", _DRAW_ROWS),
    ("opdrachten van trekkingen", _DRAW_REQUESTS),
    ("boekingen van trekkingen", _DRAW_ENTRIES),
    ("bedragen van trekkingen", _DRAW_AMOUNTS),
    ("dekkingsperioden", _PARTS),
    ("dekkingsperioden bij besluiten", _PART_ROWS),
    ("gezinsbudgetten", _FAMILY_BUDGETS),
    ("begrotingen", _BUDGETS),
    *analysis_plans.STATEMENTS,
    *benefits.STATEMENTS,
    *budget_changes.STATEMENTS,
    *costs.STATEMENTS,
    *payers.STATEMENTS,
    *neighbours.STATEMENTS,
    *reservations.STATEMENTS,
    *declarations.STATEMENTS,
    *year_end.STATEMENTS,
    *debt_help.STATEMENTS,
    *persons.STATEMENTS,
    *audit.STATEMENTS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """How many decisions were looked at, and what was found.

    ``omitted`` tells per pass how many findings are not in the list.
    """

    draws: int
    budgets: int
    findings: tuple[Finding, ...]
    omitted: tuple[tuple[str, int], ...]


async def check(connection: AsyncConnection, *, gemeente: str) -> Decisions:
    """Compare what was decided in a municipality with its books; reads only.

    Give it the database transaction in which the books were checked, so that both see one moment.
    """
    await connection.exec_driver_sql(_PLANNER)
    here: dict[str, Any] = {
        "gemeente": gemeente,
        "budget": str(Book.BUDGET),
        "costs": str(Book.LASTEN),
        "observed": chart.OBSERVED,
        "benefits": str(Book.DOMEINBATEN),
        "claim": chart.CLAIM,
        "due_from": chart.DUE_FROM,
        "due_to": chart.DUE_TO,
        "spent": chart.SPENT,
        "reserved": chart.RESERVED,
        "lapsed": chart.LAPSED,
        "carried": chart.CARRIED,
        "free": chart.FREE,
        "family": chart.FAMILY,
        "family_budget_kinds": ["gezinsbudget", "gezinsbudget-terug", "gezinswijziging"],
        "authorisation": chart.AUTHORISATION,
    }
    unknown = [
        version
        for (version,) in await rows(connection, _RULE_VERSIONS, here)
        if await rule_base_of_version(connection, gemeente=gemeente, version=version) is None
    ]
    findings: list[Finding] = []
    omitted: list[tuple[str, int]] = []
    for name, statement in (*_STATEMENTS, ("regelversies", _UNKNOWN_RULES)):
        told = await rows(connection, _told(statement), {**here, "versions": unknown})
        findings += [_finding(gemeente, row) for row in told]
        if told and told[0][-1] > len(told):
            omitted.append((name, told[0][-1] - len(told)))
    divided = await benefits.rederived(connection, gemeente=gemeente)
    findings += [_finding(gemeente, (*row, len(divided))) for row in divided[:MOST_FINDINGS]]
    if len(divided) > MOST_FINDINGS:
        omitted.append(("verdeling van domeinbaten", len(divided) - MOST_FINDINGS))
    ((draws, budgets),) = await rows(
        connection,
        "SELECT (SELECT count(*) FROM domains.draw WHERE gemeente = %(gemeente)s),"
        " (SELECT count(*) FROM domains.budget_import WHERE gemeente = %(gemeente)s)",
        here,
    )
    return Decisions(draws=draws, budgets=budgets, findings=tuple(findings), omitted=tuple(omitted))


def _told(statement: str) -> str:
    """Keep an answer short: in order, the first ones only, each with the number of all."""
    return f"""
        SELECT told.*, count(*) OVER () FROM ({statement}) AS told
            (kind, subject, entry, detail, expected, found)
        ORDER BY subject, entry, kind, detail LIMIT {MOST_FINDINGS}"""


def _finding(gemeente: str, row: Sequence[Any]) -> Finding:
    kind, subject, entry, detail, expected, found, _ = row
    places = [f"Gemeente {gemeente}"]
    if subject is not None:
        places.append(subject)
    if entry is not None:
        places.append(f"boeking {entry}")
    sentence = SENTENCES[kind].format(
        detail=detail, expected=_shown(kind, expected), found=_shown(kind, found)
    )
    return Finding(
        check=kind,
        gemeente=gemeente,
        chain_number=None,
        entry=entry,
        account=None,
        message=f"{', '.join(places)}: {sentence}.",
        expected=expected,
        found=found,
    )


def _shown(kind: str, value: str | None) -> str:
    if not value:
        return "niets"
    return money.show(int(value)) if kind in _AMOUNTS else value
