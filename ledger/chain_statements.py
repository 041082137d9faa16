"""The checker's questions about the chain: links, entries, their lines, requests, reversals.

Each statement looks at a range of chain numbers, above ``after``, up to and including ``until``.
Columns of every answer: kind of finding, chain number, entry, account, detail, expected, found.
"""

from typing import Final

_HERE: Final = "gemeente = %(gemeente)s AND chain_number > %(after)s AND chain_number <= %(until)s"
_GEMEENTE: Final = "octet_length(%(gemeente)s::text), ':', %(gemeente)s::text"


def _text(column: str) -> str:
    """Write a text that is always there with its length in bytes, as arguments of concat()."""
    return f"octet_length({column}), ':', {column}"


def _cast(column: str) -> str:
    """Write a value that may be absent with the length of its text, as an argument of concat()."""
    return f"coalesce(octet_length({column}::text) || ':' || {column}::text, '-')"


def _number(column: str) -> str:
    """Write a number or a day that is always there with its length, as arguments of concat()."""
    return f"octet_length({column}::text), ':', {column}"


def _map(column: str) -> str:
    """Write a flat map, sorted by name, with its length, as an argument of concat()."""
    return f"""CASE WHEN {column} = '{{}}' THEN '0:'
        WHEN jsonb_typeof({column}) <> 'object' THEN {_cast(column)}
        ELSE (SELECT concat(octet_length(map.text), ':', map.text) FROM (
            SELECT string_agg(concat({_text("name")}, {_cast("value")}), ''
                              ORDER BY name COLLATE "C") AS text
            FROM jsonb_each_text({column}) AS pair (name, value)) AS map) END"""


def _moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


LINKS: Final = f"""
WITH part AS (
    SELECT chain_number, 1 AS place, count(*) AS rows,
           string_agg(sha256(convert_to(concat(
               '1', {_GEMEENTE}, '36:', account_id, {_text("book")}, {_text("code")},
               {_text("colour")}, {_map("dimensions")}, {_cast("floor_cents")}), 'UTF8')),
               ''::bytea ORDER BY account_id) AS hashes
    FROM ledger.account WHERE {_HERE} GROUP BY chain_number
    UNION ALL
    SELECT chain_number, 2, count(*),
           string_agg(sha256(convert_to(concat(
               '1', {_GEMEENTE}, {_number("from_date")}, {_number("until_date")},
               {_cast("is_open")}, {_text("actor")}, {_text("reason")},
               {_cast(_moment("open_until"))}), 'UTF8')), ''::bytea)
    FROM ledger.period_change WHERE {_HERE} GROUP BY chain_number
    UNION ALL
    SELECT chain_number, 3, count(*), string_agg(content_hash, ''::bytea ORDER BY position)
    FROM ledger.entry WHERE {_HERE} GROUP BY chain_number
    UNION ALL
    SELECT chain_number, 4, count(*),
           string_agg(sha256(convert_to(concat(
               '1', {_GEMEENTE}, {_number("request_number")}, {_text("client")}, {_text("key")},
               '64:', encode(fingerprint, 'hex'), {_text("actor")}, {_text("verdicts")},
               {_cast("results")}), 'UTF8')), ''::bytea ORDER BY request_number)
    FROM ledger.request WHERE {_HERE} GROUP BY chain_number
), contents AS (
    SELECT chain_number, string_agg(hashes, ''::bytea ORDER BY place) AS hashes,
           coalesce(sum(rows) FILTER (WHERE place = 1), 0) AS accounts,
           coalesce(sum(rows) FILTER (WHERE place = 2), 0) AS periods,
           coalesce(sum(rows) FILTER (WHERE place = 3), 0) AS entries,
           coalesce(sum(rows) FILTER (WHERE place = 4), 0) AS requests
    FROM part GROUP BY chain_number
), judged AS MATERIALIZED (
    SELECT link.*, previous.chain_number AS previous_number,
           coalesce(contents.accounts, 0) AS found_accounts,
           coalesce(contents.periods, 0) AS found_periods,
           coalesce(contents.entries, 0) AS found_entries,
           coalesce(contents.requests, 0) AS found_requests,
           sha256(convert_to(concat(
               '1', {_GEMEENTE}, {_number("link.chain_number")},
               '27:', {_moment("link.recorded_at")},
               {_number("link.accounts")}, {_number("link.periods")}, {_number("link.entries")},
               {_number("link.requests")}), 'UTF8')
               || CASE WHEN link.chain_number = 1
                       THEN sha256(convert_to(concat({_GEMEENTE}), 'UTF8'))
                       ELSE previous.hash END
               || coalesce(contents.hashes, '')) AS right_hash
    FROM (SELECT * FROM ledger.link WHERE {_HERE}) AS link
    LEFT JOIN contents ON contents.chain_number = link.chain_number
    LEFT JOIN LATERAL (
        SELECT known.chain_number, known.hash FROM ledger.link AS known
        WHERE known.gemeente = %(gemeente)s AND known.chain_number = link.chain_number - 1 OFFSET 0
    ) AS previous ON true
)
SELECT 'schakel-hash', chain_number, NULL::uuid, NULL::uuid, NULL,
       encode(right_hash, 'hex'), encode(hash, 'hex')
FROM judged WHERE right_hash <> hash
UNION ALL
SELECT 'schakel-aantal', chain_number, NULL, NULL, kind, expected::text, found::text
FROM judged CROSS JOIN LATERAL (VALUES
    ('rekeningen', accounts, found_accounts), ('periodewijzigingen', periods, found_periods),
    ('boekingen', entries, found_entries), ('opdrachten', requests, found_requests)
) AS counted (kind, expected, found)
WHERE expected <> found
UNION ALL
SELECT 'schakel-ontbreekt', chain_number, NULL, NULL, NULL,
       concat(1 + coalesce((
           SELECT max(known.chain_number) FROM ledger.link AS known
           WHERE known.gemeente = %(gemeente)s AND known.chain_number < judged.chain_number), 0),
           ' t/m ', chain_number - 1), NULL
FROM judged WHERE previous_number IS NULL AND chain_number <> 1
"""

ORPHANS: Final = " UNION ALL ".join(
    f"""
SELECT 'rij-zonder-schakel', part.chain_number, {entry}, {account}, {detail}, NULL, NULL
FROM (SELECT * FROM ledger.{table} WHERE {_HERE}) AS part
LEFT JOIN (SELECT chain_number FROM ledger.link WHERE {_HERE}) AS link USING (chain_number)
WHERE link.chain_number IS NULL"""
    for table, entry, account, detail in (
        ("account", "NULL::uuid", "part.account_id", "'rekening'"),
        ("period_change", "NULL", "NULL", "'periodewijziging'"),
        ("request", "NULL", "NULL", "concat('opdracht ', part.request_number)"),
        ("entry", "part.entry_id", "NULL", "'boeking'"),
    )
)

ENTRIES: Final = f"""
WITH lines AS (
    SELECT chain_number, position, count(*) AS lines, min(line) AS first_line,
           max(line) AS last_line, min(booking_date) AS first_day, max(booking_date) AS last_day,
           string_agg(concat('36:', account_id, {_number("amount_cents")}, {_text("basis")}), ''
                      ORDER BY line) AS text
    FROM ledger.posting WHERE {_HERE} GROUP BY chain_number, position
), judged AS (
    SELECT entry.*, coalesce(lines.lines, 0) AS lines, lines.first_line, lines.last_line,
           lines.first_day, lines.last_day, lines.chain_number AS lines_number,
           lines.position AS lines_position,
           link.recorded_at AS link_moment, request.actor AS request_actor,
           sha256(convert_to(concat(
               '1', {_GEMEENTE}, '36:', entry.entry_id, {_number("entry.request_number")},
               {_number("entry.group_number")}, {_number("entry.booking_date")},
               {_cast("entry.performance_from")}, {_cast("entry.performance_until")},
               '27:', CASE WHEN entry.recorded_at = link.recorded_at THEN link.moment
                           ELSE {_moment("entry.recorded_at")} END, {_text("entry.actor")},
               {_text("entry.kind")}, {_text("entry.description")}, {_text("entry.document")},
               {_cast("entry.decision")}, {_text("entry.rule_version")}, {_cast("entry.reverses")},
               {_map("entry.metadata")}, lines.text), 'UTF8')) AS right_hash
    FROM (
        SELECT *, row_number() OVER (PARTITION BY chain_number ORDER BY position) AS place
        FROM ledger.entry WHERE {_HERE}) AS entry
    FULL JOIN lines USING (chain_number, position)
    LEFT JOIN (
        SELECT chain_number, recorded_at, {_moment("recorded_at")} AS moment
        FROM ledger.link WHERE {_HERE} OFFSET 0) AS link
        ON link.chain_number = entry.chain_number
    LEFT JOIN (SELECT * FROM ledger.request WHERE {_HERE}) AS request
        ON request.chain_number = entry.chain_number
        AND request.request_number = entry.request_number
), wrong AS MATERIALIZED (
    SELECT * FROM judged
    WHERE entry_id IS NULL OR right_hash <> content_hash
       OR lines < 2 OR first_line <> 1 OR last_line <> lines OR place <> position
       OR first_day <> booking_date OR last_day <> booking_date
       OR recorded_at <> link_moment OR actor IS DISTINCT FROM request_actor
       OR performance_from >= performance_until
       OR (performance_from IS NULL) <> (performance_until IS NULL)
), wrong_line AS (
    SELECT wrong.entry_id, wrong.booking_date AS right_day, line.*
    FROM wrong CROSS JOIN LATERAL (
        SELECT * FROM ledger.posting AS known
        WHERE known.gemeente = %(gemeente)s AND known.chain_number = wrong.lines_number
          AND known.position = wrong.lines_position OFFSET 0) AS line
)
SELECT 'boeking-hash', chain_number, entry_id, NULL::uuid, NULL, encode(right_hash, 'hex'),
       encode(content_hash, 'hex')
FROM wrong WHERE right_hash <> content_hash
UNION ALL
SELECT 'boeking-regels', chain_number, entry_id, NULL, NULL, concat('1 t/m ', greatest(lines, 2)),
       coalesce((SELECT string_agg(known.line::text, ', ' ORDER BY known.line)
                 FROM ledger.posting AS known
                 WHERE known.gemeente = %(gemeente)s AND known.chain_number = wrong.lines_number
                   AND known.position = wrong.lines_position), 'geen')
FROM wrong WHERE entry_id IS NOT NULL AND (lines < 2 OR first_line <> 1 OR last_line <> lines)
UNION ALL
SELECT 'boeking-positie', chain_number, entry_id, NULL, NULL, place::text, position::text
FROM wrong WHERE place <> position
UNION ALL
SELECT 'boeking-moment', chain_number, entry_id, NULL, NULL, {_moment("link_moment")},
       {_moment("recorded_at")}
FROM wrong WHERE recorded_at <> link_moment
UNION ALL
SELECT 'boeking-zonder-opdracht', chain_number, entry_id, NULL, NULL, NULL, NULL
FROM wrong WHERE entry_id IS NOT NULL AND request_actor IS NULL
UNION ALL
SELECT 'boeking-actor', chain_number, entry_id, NULL, NULL, request_actor, actor
FROM wrong WHERE actor <> request_actor
UNION ALL
SELECT 'prestatieperiode-ongeldig', chain_number, entry_id, NULL, NULL, NULL,
       concat(coalesce(performance_from::text, '?'), ' tot ',
              coalesce(performance_until::text, '?'))
FROM wrong WHERE performance_from >= performance_until
    OR (performance_from IS NULL) <> (performance_until IS NULL)
UNION ALL
SELECT 'regel-zonder-boeking', chain_number, NULL, account_id,
       concat('regel ', line, ' op plaats ', position), NULL, NULL
FROM wrong_line WHERE entry_id IS NULL
UNION ALL
SELECT 'regel-boekdatum', chain_number, entry_id, account_id, concat('regel ', line),
       right_day::text, booking_date::text
FROM wrong_line WHERE booking_date <> right_day
"""

# Reads every account once per range: looked up one by one, old statistics choose a wrong index.
BALANCE: Final = f"""
WITH per_colour AS MATERIALIZED (
    SELECT line.chain_number, line.position, account.book, account.colour,
           sum(line.amount_cents) AS cents
    FROM (SELECT * FROM ledger.posting WHERE {_HERE}) AS line
    LEFT JOIN (
        SELECT DISTINCT ON (account_id) account_id, book, colour FROM ledger.account
        WHERE gemeente = %(gemeente)s ORDER BY account_id) AS account USING (account_id)
    GROUP BY line.chain_number, line.position, account.book, account.colour
), wrong AS (
    SELECT 'niet-in-evenwicht' AS kind, chain_number, position, NULL::uuid AS account_id,
           concat('middel ', colour, ' in boek ', book) AS detail, '0' AS expected,
           cents::text AS found
    FROM per_colour WHERE book IS NOT NULL AND cents <> 0
    UNION ALL
    SELECT 'meer-dan-een-boek', chain_number, position, NULL, NULL, NULL,
           concat(min(book COLLATE "C"), ' en ', max(book COLLATE "C"))
    FROM per_colour GROUP BY chain_number, position
    HAVING min(book COLLATE "C") <> max(book COLLATE "C")
    UNION ALL
    SELECT 'regel-zonder-rekening', line.chain_number, line.position, line.account_id,
           concat('regel ', line.line), NULL, NULL
    FROM per_colour
    CROSS JOIN LATERAL (
        SELECT * FROM ledger.posting AS known
        WHERE known.gemeente = %(gemeente)s AND known.chain_number = per_colour.chain_number
          AND known.position = per_colour.position OFFSET 0) AS line
    WHERE per_colour.book IS NULL AND NOT EXISTS (
        SELECT FROM ledger.account AS known
        WHERE known.gemeente = %(gemeente)s AND known.account_id = line.account_id)
)
SELECT kind, wrong.chain_number, entry.entry_id, wrong.account_id, detail, expected, found
FROM wrong LEFT JOIN LATERAL (
    SELECT known.entry_id FROM ledger.entry AS known
    WHERE known.gemeente = %(gemeente)s AND known.chain_number = wrong.chain_number
      AND known.position = wrong.position LIMIT 1) AS entry ON true
"""

PERIODS: Final = f"""
WITH moment AS MATERIALIZED (
    SELECT chain_number, booking_date, coalesce((
        SELECT max(change.chain_number) FROM ledger.period_change AS change
        WHERE change.gemeente = %(gemeente)s AND change.chain_number < asked.chain_number), 0)
        AS last_change
    FROM (SELECT DISTINCT chain_number, booking_date FROM ledger.entry WHERE {_HERE}) AS asked
), closed AS MATERIALIZED (
    SELECT day.booking_date, day.last_change, word.is_open, word.open_until
    FROM (SELECT DISTINCT booking_date, last_change FROM moment) AS day
    LEFT JOIN LATERAL (
        SELECT change.is_open, change.open_until FROM ledger.period_change AS change
        WHERE change.gemeente = %(gemeente)s AND change.chain_number <= day.last_change
          AND change.from_date <= day.booking_date AND day.booking_date < change.until_date
        ORDER BY change.chain_number DESC LIMIT 1) AS word ON true
    WHERE word.is_open IS NOT TRUE OR word.open_until IS NOT NULL
)
SELECT 'periode-niet-open', entry.chain_number, entry.entry_id, NULL::uuid,
       entry.booking_date::text, 'open',
       CASE WHEN closed.is_open IS NULL THEN 'nooit geopend' ELSE 'gesloten' END
FROM closed JOIN moment USING (booking_date, last_change)
JOIN (SELECT * FROM ledger.entry WHERE {_HERE}) AS entry
    ON entry.chain_number = moment.chain_number AND entry.booking_date = moment.booking_date
WHERE closed.is_open IS NOT TRUE OR entry.recorded_at >= closed.open_until
"""

# Nearly every request asks for one group and gets it; only the others are looked at closely.
REQUESTS: Final = f"""
WITH booked AS (
    SELECT chain_number, request_number, concat('[', count(*), ']') AS as_one_group
    FROM ledger.entry WHERE {_HERE} GROUP BY chain_number, request_number
    HAVING min(group_number) = max(group_number)
), other AS MATERIALIZED (
    SELECT request.chain_number, request.request_number, request.verdicts, request.results
    FROM (SELECT * FROM ledger.request WHERE {_HERE}) AS request
    LEFT JOIN booked USING (chain_number, request_number)
    WHERE request.verdicts IS DISTINCT FROM booked.as_one_group
), sizes AS (
    SELECT chain_number, request_number, array_agg(entries ORDER BY group_number) AS sizes
    FROM (SELECT other.chain_number, other.request_number, entry.group_number,
                 count(*)::integer AS entries
          FROM (SELECT * FROM ledger.entry WHERE {_HERE}) AS entry
          JOIN (SELECT DISTINCT chain_number, request_number FROM other) AS other
              USING (chain_number, request_number)
          GROUP BY other.chain_number, other.request_number, entry.group_number) AS per_group
    GROUP BY chain_number, request_number
)
SELECT chain_number, request_number, other.verdicts, coalesce(sizes.sizes, '{{}}'),
       cardinality(other.results) > 0
FROM other LEFT JOIN sizes USING (chain_number, request_number)
"""
"""Requests of which not simply all was booked; ledger/checker.py reads and judges their answers."""

_MIRROR: Final = "concat(account_id, ' ', {sign}amount_cents, ' ', octet_length(basis), ':', basis)"

REVERSALS: Final = f"""
WITH reversal AS (
    SELECT entry.chain_number, entry.position, entry.entry_id, entry.reverses,
           target.chain_number AS target_number, target.position AS target_position
    FROM (SELECT * FROM ledger.entry WHERE {_HERE} AND reverses IS NOT NULL) AS entry
    LEFT JOIN LATERAL (
        SELECT known.chain_number, known.position FROM ledger.entry AS known
        WHERE known.gemeente = %(gemeente)s AND known.entry_id = entry.reverses OFFSET 0
    ) AS target ON true
), judged AS MATERIALIZED (
    SELECT reversal.*,
        (SELECT string_agg({_MIRROR.format(sign="")}, ',' ORDER BY account_id, amount_cents,
                           basis COLLATE "C")
         FROM ledger.posting AS known
         WHERE known.gemeente = %(gemeente)s AND known.chain_number = reversal.chain_number
           AND known.position = reversal.position) AS lines,
        (SELECT string_agg({_MIRROR.format(sign="-")}, ',' ORDER BY account_id, -amount_cents,
                           basis COLLATE "C")
         FROM ledger.posting AS known
         WHERE known.gemeente = %(gemeente)s AND known.chain_number = reversal.target_number
           AND known.position = reversal.target_position) AS mirrored,
        EXISTS (SELECT FROM ledger.entry AS known
                WHERE known.gemeente = %(gemeente)s AND known.reverses = reversal.reverses
                  AND (known.chain_number, known.position)
                      < (reversal.chain_number, reversal.position)) AS again
    FROM reversal
)
SELECT kind, chain_number, entry_id, NULL::uuid, reverses::text, NULL, NULL
FROM judged CROSS JOIN LATERAL (VALUES
    ('tegenboeking-onbekend', target_number IS NULL),
    ('tegenboeking-te-vroeg',
        (target_number, target_position) >= (chain_number, position)),
    ('tegenboeking-dubbel', again),
    ('tegenboeking-wijkt-af', target_number IS NOT NULL AND lines IS DISTINCT FROM mirrored)
) AS law (kind, is_broken)
WHERE is_broken
"""
