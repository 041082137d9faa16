CREATE SCHEMA ledger
---
-- Accounts. The colour never changes; the id follows from the natural key (ledger/accounts.py).
CREATE TABLE ledger.account (
    gemeente      text   NOT NULL CHECK (gemeente ~ '^GM[0-9]{4}$'),
    account_id    uuid   NOT NULL,
    book          text   NOT NULL
        CHECK (book IN ('BUDGET', 'LASTEN', 'DOMEINBATEN', 'WAARNEMING')),
    code          text   NOT NULL CHECK (code <> ''),
    colour        text   NOT NULL CHECK (colour <> ''),
    dimensions    jsonb  NOT NULL CHECK (jsonb_typeof(dimensions) = 'object'),
    floor_cents   bigint CHECK (floor_cents <= 0),
    chain_number  bigint NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (gemeente, account_id),
    CONSTRAINT uq_account_natural_key UNIQUE (gemeente, book, code, colour, dimensions)
)
---
CREATE INDEX ix_account_chain_number ON ledger.account (gemeente, chain_number)
---
-- Each line of an entry looks its account up, and the id alone says of which gemeente it is: so it
-- is found in one step, and not through the levels of the primary key.
CREATE INDEX ix_account_id ON ledger.account USING hash (account_id)
---
-- The current balance; the CHECK is invariant K3, whatever the code above it does. With it stands
-- the last month that was booked in, and what of it does not stand in month_total: most lines fall
-- in that month, and so cost one row less.
CREATE TABLE ledger.balance (
    gemeente            text   NOT NULL,
    account_id          uuid   NOT NULL,
    balance_cents       bigint NOT NULL,
    floor_cents         bigint,
    last_month          date,
    month_debit_cents   bigint NOT NULL DEFAULT 0,
    month_credit_cents  bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_balance PRIMARY KEY (gemeente, account_id),
    CONSTRAINT uq_balance_account UNIQUE (account_id, gemeente),  -- The quick way to one.
    CONSTRAINT ck_balance_floor CHECK (floor_cents IS NULL OR balance_cents >= floor_cents)
) WITH (fillfactor = 50)
---
-- Totals per booking month, so that a balance on a date reads no more than one month of postings;
-- to be read through ledger.booking_month.
CREATE TABLE ledger.month_total (
    gemeente      text   NOT NULL,
    account_id    uuid   NOT NULL,
    month         date   NOT NULL,
    debit_cents   bigint NOT NULL,
    credit_cents  bigint NOT NULL,
    CONSTRAINT pk_month_total PRIMARY KEY (gemeente, account_id, month)
) WITH (fillfactor = 70)
---
-- What was booked per account and month; a month may come in two parts, which add up.
CREATE VIEW ledger.booking_month WITH (security_invoker = true) AS
    SELECT gemeente, account_id, month, debit_cents, credit_cents FROM ledger.month_total
    UNION ALL
    SELECT gemeente, account_id, last_month, month_debit_cents, month_credit_cents
    FROM ledger.balance WHERE last_month IS NOT NULL
---
-- Opening and closing of booking days: the last word on a day counts. What was opened up to a
-- moment is closed from that moment on.
CREATE TABLE ledger.period_change (
    gemeente      text    NOT NULL CHECK (gemeente ~ '^GM[0-9]{4}$'),
    chain_number  bigint  NOT NULL,
    from_date     date    NOT NULL,
    until_date    date    NOT NULL,
    is_open       boolean NOT NULL,
    actor         text    NOT NULL,
    reason        text    NOT NULL,
    open_until    timestamptz,
    CONSTRAINT pk_period_change PRIMARY KEY (gemeente, chain_number),
    CONSTRAINT ck_period_change_days CHECK (from_date < until_date),
    CONSTRAINT ck_period_change_open_until CHECK (is_open OR open_until IS NULL)
)
---
-- One idempotency key of one client: what was asked, by whom, and what came of it.
CREATE TABLE ledger.request (
    gemeente        text    NOT NULL,
    chain_number    bigint  NOT NULL,
    request_number  integer NOT NULL,
    client          text    NOT NULL,
    key             text    NOT NULL,
    fingerprint     bytea   NOT NULL,
    actor           text    NOT NULL,
    verdicts        text    NOT NULL,
    results         uuid[]  NOT NULL,
    CONSTRAINT pk_request PRIMARY KEY (gemeente, chain_number, request_number),
    CONSTRAINT uq_request_key UNIQUE (key, client, gemeente),
    -- One constraint, because a call pays for each.
    CHECK (
        client <> '' AND key <> '' AND actor <> '' AND octet_length(fingerprint) = 32)
)
---
CREATE TABLE ledger.entry (
    gemeente           text        NOT NULL,
    chain_number       bigint      NOT NULL,
    position           integer     NOT NULL,
    request_number     integer     NOT NULL,
    group_number       integer     NOT NULL,
    entry_id           uuid        NOT NULL,
    booking_date       date        NOT NULL,
    performance_from   date,
    performance_until  date,
    recorded_at        timestamptz NOT NULL,
    actor              text        NOT NULL,
    kind               text        NOT NULL,
    description        text        NOT NULL,
    document           text        NOT NULL,
    decision           uuid,
    rule_version       text        NOT NULL,
    reverses           uuid,
    metadata           jsonb       NOT NULL,
    content_hash       bytea       NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (gemeente, chain_number, position),
    CONSTRAINT uq_entry_id UNIQUE (entry_id, gemeente),
    CONSTRAINT ck_entry_performance CHECK (coalesce(
        performance_from < performance_until,
        performance_from IS NULL AND performance_until IS NULL))
)
---
CREATE UNIQUE INDEX uq_entry_reverses ON ledger.entry (gemeente, reverses)
    WHERE reverses IS NOT NULL
---
CREATE TABLE ledger.posting (
    gemeente      text    NOT NULL,
    chain_number  bigint  NOT NULL,
    position      integer NOT NULL,
    line          integer NOT NULL,
    account_id    uuid    NOT NULL,
    booking_date  date    NOT NULL,
    amount_cents  bigint  NOT NULL CHECK (
        amount_cents <> 0 AND amount_cents BETWEEN -1000000000000000 AND 1000000000000000),
    basis         text    NOT NULL,
    CONSTRAINT pk_posting PRIMARY KEY (gemeente, chain_number, position, line)
)
---
CREATE INDEX ix_posting_account ON ledger.posting
    (gemeente, account_id, booking_date, chain_number) INCLUDE (amount_cents)
---
-- The hash chain: one link per call that wrote anything, over the hash of the link before it.
CREATE TABLE ledger.link (
    gemeente      text        NOT NULL,
    chain_number  bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    accounts      integer     NOT NULL,
    periods       integer     NOT NULL,
    entries       integer     NOT NULL,
    requests      integer     NOT NULL,
    hash          bytea       NOT NULL,
    CONSTRAINT pk_link PRIMARY KEY (gemeente, chain_number),
    CHECK (chain_number > 0 AND octet_length(hash) = 32)
)
---
-- The last link per gemeente; locked last, so that numbers have no gaps.
CREATE TABLE ledger.chain_head (
    gemeente      text   NOT NULL,
    chain_number  bigint NOT NULL,
    hash          bytea  NOT NULL,
    posted_by     xid8,
    CONSTRAINT pk_chain_head PRIMARY KEY (gemeente)
) WITH (fillfactor = 50)
---
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% op %.% is niet toegestaan: de boeken zijn alleen aan te vullen.',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'OS001', HINT = 'Corrigeer met een tegenboeking.';
END
$$
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.period_change
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.request
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.link
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON ledger.balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON ledger.month_total
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON ledger.chain_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
-- A sum of cents that stays a bigint; sum() would make each into a numeric and back.
CREATE AGGREGATE ledger.total (bigint) (SFUNC = int8pl, STYPE = bigint)
---
-- Second wall of K1, set-based: every entry of the statement has two lines or more, of one day, in
-- one book, that sum to zero per colour, on accounts that exist. An entry's postings are inserted
-- in one statement, before its link, so a line can not be added to a link that stands. Accounts are
-- reached by key, whatever the statistics say: OFFSET 0 keeps the planner from choosing.
CREATE FUNCTION ledger.check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT part.chain_number, part.position INTO wrong
    FROM (
        SELECT line.gemeente, line.chain_number, line.position, account.book,
               ledger.total(line.amount_cents) AS total, count(*) AS lines,
               min(line.booking_date) AS first_date, max(line.booking_date) AS last_date
        FROM added AS line
        LEFT JOIN LATERAL (
            SELECT known.book, known.colour FROM ledger.account AS known
            WHERE known.gemeente = line.gemeente AND known.account_id = line.account_id OFFSET 0
        ) AS account ON true
        GROUP BY line.position, line.chain_number, line.gemeente, account.book, account.colour
    ) AS part
    GROUP BY part.position, part.chain_number, part.gemeente
    HAVING bool_or(part.total <> 0 OR part.book IS NULL) OR min(part.book) <> max(part.book)
        OR sum(part.lines) < 2 OR min(part.first_date) <> max(part.last_date)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'boeking %/% is niet in evenwicht per boek en middel',
            wrong.chain_number, wrong.position USING ERRCODE = 'OS002';
    END IF;
    PERFORM FROM (SELECT DISTINCT gemeente, chain_number FROM added) AS line
    CROSS JOIN LATERAL (
        SELECT FROM ledger.link AS known WHERE known.gemeente = line.gemeente
            AND known.chain_number = line.chain_number OFFSET 0) AS stands;
    IF FOUND THEN
        RAISE EXCEPTION 'een regel toevoegen aan een bestaande schakel is niet toegestaan'
            USING ERRCODE = 'OS001';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER zero_sum AFTER INSERT ON ledger.posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_postings()
---
-- All entries of a link come in one statement, and so do their lines: the places and booking dates
-- of the ones are those of the others. What lines must be was seen to above.
CREATE FUNCTION ledger.check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT entered.chain_number INTO wrong
    FROM (SELECT gemeente, chain_number, array_agg(position ORDER BY position) AS positions,
                 array_agg(booking_date ORDER BY position) AS dates
          FROM added GROUP BY gemeente, chain_number) AS entered
    CROSS JOIN LATERAL (
        SELECT array_agg(line.position ORDER BY line.position) AS positions,
               array_agg(line.booking_date ORDER BY line.position) AS dates
        FROM (SELECT DISTINCT ON (known.position) known.position, known.booking_date
              FROM ledger.posting AS known
              WHERE known.gemeente = entered.gemeente AND known.chain_number = entered.chain_number
              ORDER BY known.position, known.line) AS line) AS posted
    WHERE (entered.positions, entered.dates) IS DISTINCT FROM (posted.positions, posted.dates)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'een boeking van schakel % heeft geen volledige regels', wrong
            USING ERRCODE = 'OS002';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER complete AFTER INSERT ON ledger.entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries()
---
-- Canonical text: length in bytes, colon, text; '-' for nothing. No two sequences read the same.
CREATE FUNCTION ledger.netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '-' ELSE octet_length(value)::text || ':' || value END
---
-- A flat map as canonical text, sorted by name. In PL/pgSQL, which keeps its plan between calls.
CREATE FUNCTION ledger.canonical(map jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF map = '{}'::jsonb THEN
        RETURN '';
    END IF;
    RETURN (SELECT string_agg(ledger.netstring(name) || ledger.netstring(value), ''
                              ORDER BY name COLLATE "C")
            FROM jsonb_each_text(map) AS pair (name, value));
END
$$
---
CREATE FUNCTION ledger.moment(value timestamptz) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
END
$$
---
-- Lock accounts in the one order that every writer follows: floors first, then by id.
CREATE FUNCTION ledger.lock_accounts(p_gemeente text, p_accounts uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    locked integer;
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    PERFORM 1 FROM ledger.balance
    WHERE gemeente = p_gemeente AND account_id = ANY (p_accounts)
    ORDER BY (floor_cents IS NULL), account_id FOR UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    RETURN locked;
END
$$
---
-- Lock and give the head of the chain.
CREATE FUNCTION ledger.lock_head(p_gemeente text) RETURNS ledger.chain_head
LANGUAGE plpgsql AS $$
DECLARE
    head ledger.chain_head;
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    SELECT * INTO head FROM ledger.chain_head WHERE gemeente = p_gemeente FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO ledger.chain_head (gemeente, chain_number, hash)
        VALUES (p_gemeente, 0, sha256(convert_to(ledger.netstring(p_gemeente), 'UTF8')))
        ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM ledger.chain_head WHERE gemeente = p_gemeente FOR UPDATE;
    END IF;
    RETURN head;
END
$$
---
-- After a backup was restored: numbers of database transactions mean nothing in another server, and
-- one that this server has yet to give would refuse the transaction that gets it.
CREATE FUNCTION ledger.forget_posters() RETURNS void LANGUAGE sql AS $$
    UPDATE ledger.chain_head SET posted_by = NULL WHERE posted_by >= pg_current_xact_id()
$$
---
-- Write the next link over the contents of one call and move the head.
CREATE FUNCTION ledger.append_link(
    p_head ledger.chain_head, p_recorded_at timestamptz, p_moment text,
    p_accounts integer, p_periods integer, p_entries integer, p_requests integer, p_contents bytea
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    next_number bigint := p_head.chain_number + 1;
    next_hash bytea := sha256(
        convert_to(concat(
            '1', octet_length(p_head.gemeente), ':', p_head.gemeente,
            octet_length(next_number::text), ':', next_number,
            ledger.netstring(p_moment),
            octet_length(p_accounts::text), ':', p_accounts,
            octet_length(p_periods::text), ':', p_periods,
            octet_length(p_entries::text), ':', p_entries,
            octet_length(p_requests::text), ':', p_requests), 'UTF8')
        || p_head.hash || p_contents);
BEGIN
    WITH link AS (
        INSERT INTO ledger.link (gemeente, chain_number, recorded_at,
                                 accounts, periods, entries, requests, hash)
        VALUES (p_head.gemeente, next_number, p_recorded_at,
                p_accounts, p_periods, p_entries, p_requests, next_hash))
    UPDATE ledger.chain_head
    SET chain_number = next_number, hash = next_hash, posted_by = pg_current_xact_id()
    WHERE gemeente = p_head.gemeente;
    RETURN next_number;
END
$$
---
-- Open or close booking days; p_open_until may be nothing. Gives the chain number. After a post in
-- the same database transaction it is the last word on what that post booked: it locks no balances,
-- so nobody waits crosswise.
CREATE FUNCTION ledger.change_period(
    p_gemeente text, p_from date, p_until date, p_is_open boolean,
    p_actor text, p_reason text, p_open_until timestamptz, p_recorded_at timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
DECLARE
    head ledger.chain_head := ledger.lock_head(p_gemeente);
BEGIN
    INSERT INTO ledger.period_change
        (gemeente, chain_number, from_date, until_date, is_open, actor, reason, open_until)
    VALUES (p_gemeente, head.chain_number + 1, p_from, p_until, p_is_open, p_actor, p_reason,
            p_open_until);
    RETURN ledger.append_link(head, p_recorded_at, ledger.moment(p_recorded_at), 0, 1, 0, 0,
        sha256(convert_to('1' || ledger.netstring(p_gemeente) || ledger.netstring(p_from::text)
        || ledger.netstring(p_until::text) || ledger.netstring(p_is_open::text)
        || ledger.netstring(p_actor) || ledger.netstring(p_reason)
        || ledger.netstring(ledger.moment(p_open_until)), 'UTF8')));
END
$$
---
-- What a call consists of. Numbers count from 1 and say the place in the list of their kind; a line
-- names its account by the place in the list of all accounts that the call uses.
CREATE TYPE ledger.call_request AS (
    number integer, client text, key text, fingerprint bytea, actor text,
    first_group integer, last_group integer, results uuid[]
)
---
CREATE TYPE ledger.call_entry AS (
    number integer, request_number integer, group_number integer, entry_id uuid,
    booking_date date, performance_from date, performance_until date,
    kind text, description text, document text, decision uuid, rule_version text,
    reverses uuid, metadata jsonb
)
---
CREATE TYPE ledger.call_line AS (
    entry_number integer, group_number integer, line integer, account integer,
    amount_cents bigint, basis text
)
---
CREATE TYPE ledger.call_account AS (
    account_id uuid, book text, code text, colour text, dimensions jsonb, floor_cents bigint
)
---
-- The verdict on each group as far as it does not depend on what other groups do: the first
-- check that fails, in the order of docs/refusals.md, or no row.
CREATE FUNCTION ledger.check_form(
    p_gemeente text, p_recorded_at timestamptz, p_entries ledger.call_entry[],
    p_lines ledger.call_line[], p_used uuid[], p_books text[], p_colours text[]
) RETURNS TABLE (group_number integer, verdict jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH per_colour AS (
        SELECT line.entry_number, line.book, line.colour, count(*) AS lines,
               sum(line.amount_cents) AS total,
               bool_or(line.amount_cents = 0) AS has_zero,
               bool_or(abs(line.amount_cents) > 1000000000000000) AS has_giant,
               min(p_used[line.account]::text) AS account
        FROM (SELECT l.*, p_books[l.account] AS book, p_colours[l.account] AS colour
              FROM unnest(p_lines) AS l) AS line
        GROUP BY line.entry_number, line.book, line.colour
    ), per_entry AS (
        SELECT entry_number, sum(lines) AS lines, bool_or(has_zero) AS has_zero,
               bool_or(has_giant) AS has_giant,
               min(account) FILTER (WHERE book IS NULL) AS unknown_account,
               count(DISTINCT book) AS books,
               (array_agg(jsonb_build_object('book', book, 'colour', colour,
                                             'difference_cents', total)
                          ORDER BY colour COLLATE "C") FILTER (WHERE total <> 0))[1] AS unbalanced
        FROM per_colour GROUP BY entry_number
    ), wrong AS (
        SELECT per_entry.entry_number, 1 AS check_number,
            CASE
                WHEN per_entry.lines < 2 THEN jsonb_build_object('code', 'te-weinig-regels')
                WHEN per_entry.has_zero THEN jsonb_build_object('code', 'bedrag-nul')
                WHEN per_entry.has_giant THEN jsonb_build_object('code', 'bedrag-te-groot')
                WHEN per_entry.unknown_account IS NOT NULL THEN
                    jsonb_build_object('code', 'rekening-onbekend',
                                       'account', per_entry.unknown_account)
                WHEN per_entry.books > 1 THEN jsonb_build_object('code', 'meer-dan-een-boek')
                WHEN per_entry.unbalanced IS NOT NULL THEN
                    jsonb_build_object('code', 'niet-in-evenwicht') || per_entry.unbalanced
            END AS verdict
        FROM per_entry
        UNION ALL
        SELECT entry.number, 2, CASE
            WHEN entry.number NOT IN (SELECT line.entry_number FROM unnest(p_lines) AS line) THEN
                jsonb_build_object('code', 'te-weinig-regels')
            WHEN entry.performance_from >= entry.performance_until
              OR (entry.performance_from IS NULL) <> (entry.performance_until IS NULL) THEN
                jsonb_build_object('code', 'prestatieperiode-ongeldig')
            END
        FROM unnest(p_entries) AS entry
        UNION ALL
        SELECT number, 3, jsonb_build_object(
            'code', CASE WHEN is_open IS NULL THEN 'periode-onbekend' ELSE 'periode-gesloten' END,
            'booking_date', booking_date)
        FROM (
            SELECT asked.booking_date, asked.numbers, (
                SELECT change.is_open AND coalesce(p_recorded_at < change.open_until, true)
                FROM ledger.period_change AS change
                WHERE change.gemeente = p_gemeente AND change.from_date <= asked.booking_date
                  AND asked.booking_date < change.until_date
                ORDER BY change.chain_number DESC LIMIT 1) AS is_open
            FROM (SELECT booking_date, array_agg(number) AS numbers
                  FROM unnest(p_entries) GROUP BY booking_date) AS asked) AS day
        CROSS JOIN LATERAL unnest(day.numbers) AS number
        WHERE day.is_open IS NOT TRUE
    )
    SELECT DISTINCT ON ((p_entries[wrong.entry_number]).group_number)
           (p_entries[wrong.entry_number]).group_number,
           wrong.verdict || jsonb_build_object('entry', (p_entries[wrong.entry_number]).entry_id)
    FROM wrong WHERE wrong.verdict IS NOT NULL
    ORDER BY (p_entries[wrong.entry_number]).group_number, wrong.entry_number,
             wrong.check_number;
END
$$
---
-- For every entry that reverses another: whether that one stands, was reversed before, and is
-- mirrored line by line. `target_groups` are the earlier groups of this same call that hold the
-- target, `rivals` those that reverse it too: what becomes of them is judged in order.
CREATE FUNCTION ledger.check_reversals(
    p_gemeente text, p_entries ledger.call_entry[], p_lines ledger.call_line[], p_used uuid[]
) RETURNS TABLE (number integer, group_number integer, entry_id uuid, reverses uuid,
                 target_groups integer[], rivals integer[], code text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    reversals ledger.call_entry[] := ARRAY(
        SELECT e FROM unnest(p_entries) AS e WHERE e.reverses IS NOT NULL ORDER BY e.number);
    targets ledger.call_entry[] := ARRAY(
        SELECT e FROM unnest(p_entries) AS e WHERE e.entry_id = ANY (ARRAY(
            SELECT r.reverses FROM unnest(reversals) AS r)) ORDER BY e.number);
BEGIN
    RETURN QUERY
    SELECT reversal.number, reversal.group_number, reversal.entry_id, reversal.reverses,
           inside.groups, reversal.rivals,
           CASE
               WHEN stored.entry_id IS NULL AND inside.first_number IS NULL
                   THEN 'boeking-onbekend'
               WHEN earlier.entry_id IS NOT NULL THEN 'al-teruggeboekt'
               WHEN mirror.lines <> own.lines THEN 'tegenboeking-wijkt-af'
           END
    FROM (SELECT r.*, array_agg(r.group_number) OVER (
              PARTITION BY r.reverses ORDER BY r.number
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS rivals
          FROM unnest(reversals) AS r) AS reversal
    LEFT JOIN LATERAL (
        SELECT known.entry_id, known.chain_number, known.position FROM ledger.entry AS known
        WHERE known.gemeente = p_gemeente AND known.entry_id = reversal.reverses OFFSET 0
    ) AS stored ON true
    LEFT JOIN LATERAL (
        SELECT known.entry_id FROM ledger.entry AS known
        WHERE known.gemeente = p_gemeente AND known.reverses = reversal.reverses OFFSET 0
    ) AS earlier ON true
    CROSS JOIN LATERAL (
        SELECT array_agg(t.group_number) AS groups, min(t.number) AS first_number
        FROM unnest(targets) AS t
        WHERE stored.entry_id IS NULL AND t.entry_id = reversal.reverses
          AND t.group_number < reversal.group_number) AS inside
    CROSS JOIN LATERAL (
        SELECT array_agg(ROW(p_used[l.account], l.amount_cents, l.basis)::text
                         ORDER BY ROW(p_used[l.account], l.amount_cents, l.basis)::text) AS lines
        FROM unnest(p_lines) AS l WHERE l.entry_number = reversal.number) AS own
    CROSS JOIN LATERAL (
        SELECT array_agg(line ORDER BY line) AS lines FROM (
            SELECT ROW(l.account_id, -l.amount_cents, l.basis)::text AS line
            FROM ledger.posting AS l
            WHERE l.gemeente = p_gemeente AND l.chain_number = stored.chain_number
              AND l.position = stored.position
            UNION ALL
            SELECT ROW(p_used[l.account], -l.amount_cents, l.basis)::text
            FROM unnest(p_lines) AS l WHERE l.entry_number = inside.first_number
        ) AS mirrored) AS mirror
    ORDER BY reversal.number;
END
$$
---
-- Why a reversal can not be booked given what was decided for the groups before it, or nothing.
CREATE FUNCTION ledger.judge_reversal(p_reversal jsonb, p_verdicts jsonb[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    code text := p_reversal ->> 'code';
    rival integer;
BEGIN
    IF jsonb_typeof(p_reversal -> 'target_groups') = 'array' THEN
        PERFORM 1 FROM jsonb_array_elements_text(p_reversal -> 'target_groups') AS target
        WHERE p_verdicts[target::integer] IS NULL;
        IF NOT FOUND THEN
            code := 'boeking-onbekend';
        END IF;
    END IF;
    IF code IS DISTINCT FROM 'boeking-onbekend' AND jsonb_typeof(p_reversal -> 'rivals') = 'array'
    THEN
        FOR rival IN SELECT jsonb_array_elements_text(p_reversal -> 'rivals')::integer LOOP
            IF p_verdicts[rival] IS NULL THEN
                code := 'al-teruggeboekt';
            END IF;
        END LOOP;
    END IF;
    IF code IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('code', code, 'entry', p_reversal -> 'entry_id',
                              'reverses', p_reversal -> 'reverses');
END
$$
---
-- The hash of the content of each entry, by its number, or nothing where an entry has no lines or
-- lines that do not sum to zero; and what else is to be known of them all: whether each is a group
-- of its own, whether none reverses another, and the days. The text under a hash is one of
-- netstrings (see the function), written out because that is quicker.
CREATE FUNCTION ledger.hash_entries(
    p_prefix text, p_moment text, p_requests ledger.call_request[],
    p_entries ledger.call_entry[], p_lines ledger.call_line[], p_used uuid[],
    OUT hashes bytea[], OUT contents bytea, OUT is_single boolean, OUT is_usual boolean,
    OUT first_day date, OUT last_day date
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    moment_text text := ledger.netstring(p_moment);
    line_texts text[] := ARRAY(
        SELECT CASE WHEN sum(l.amount_cents) = 0 THEN string_agg(
            concat('36:', p_used[l.account],
                   octet_length(l.amount_cents::text), ':', l.amount_cents,
                   octet_length(l.basis), ':', l.basis), '' ORDER BY l.line) END
        FROM unnest(p_lines) AS l GROUP BY l.entry_number ORDER BY l.entry_number);
BEGIN
    IF cardinality(line_texts) <> cardinality(p_entries)
       OR array_position(line_texts, NULL) IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(each.hash ORDER BY each.number),
           string_agg(each.hash, ''::bytea ORDER BY each.number),
           bool_and(each.group_number = each.number), bool_and(each.reverses IS NULL),
           min(each.booking_date), max(each.booking_date)
    INTO hashes, contents, is_single, is_usual, first_day, last_day
    FROM (
        SELECT e.number, e.group_number, e.reverses, e.booking_date, sha256(convert_to(concat(
               p_prefix, '36:', e.entry_id,
               octet_length(e.request_number::text), ':', e.request_number,
               octet_length(e.group_number::text), ':', e.group_number,
               octet_length(e.booking_date::text), ':', e.booking_date,
               CASE WHEN e.performance_from IS NULL THEN '--' ELSE concat(
                   octet_length(e.performance_from::text), ':', e.performance_from,
                   octet_length(e.performance_until::text), ':', e.performance_until) END,
               moment_text, octet_length(asked.actor), ':', asked.actor,
               octet_length(e.kind), ':', e.kind,
               octet_length(e.description), ':', e.description,
               octet_length(e.document), ':', e.document,
               CASE WHEN e.decision IS NULL THEN '-' ELSE '36:' END, e.decision,
               octet_length(e.rule_version), ':', e.rule_version,
               CASE WHEN e.reverses IS NULL THEN '-' ELSE '36:' END, e.reverses,
               CASE WHEN e.metadata = '{}' THEN '0:'
                    ELSE ledger.netstring(ledger.canonical(e.metadata)) END,
               line_texts[e.number]), 'UTF8')) AS hash
        FROM unnest(p_entries) AS e
        CROSS JOIN LATERAL (SELECT (p_requests[e.request_number]).actor OFFSET 0) AS asked
        OFFSET 0) AS each;
END
$$
---
-- Book, colour and floor of accounts in the order in which they are given; NULL where unknown.
CREATE FUNCTION ledger.known_accounts(
    p_gemeente text, p_used uuid[], OUT books text[], OUT colours text[], OUT floors bigint[]
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT array_agg(fact.book), array_agg(fact.colour), array_agg(fact.floor_cents)
    INTO books, colours, floors
    FROM (
        SELECT account.book, account.colour, account.floor_cents
        FROM unnest(p_used) WITH ORDINALITY AS each (id, place)
        LEFT JOIN LATERAL (
            SELECT known.book, known.colour, known.floor_cents FROM ledger.account AS known
            WHERE known.gemeente = p_gemeente AND known.account_id = each.id OFFSET 0
        ) AS account ON true
        ORDER BY each.place) AS fact;
END
$$
---
-- Move balances in the order in which everybody locks them; tells whether all were moved. None is
-- that may fall below its floor on the way: that would if all that is taken came before all that is
-- given, unless it is known that it does not (p_is_judged). What is taken travels in floor_cents.
-- Accounts that the call itself opens are locked already, and so stand anywhere in the order.
CREATE FUNCTION ledger.move_balances(
    p_gemeente text, p_entries ledger.call_entry[], p_lines ledger.call_line[], p_used uuid[],
    p_first_day date, p_last_day date, p_is_judged boolean
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    months date[] := ARRAY[date_trunc('month', p_first_day::timestamp),
                           date_trunc('month', p_last_day::timestamp)];
    one_month date := CASE WHEN months[1] = months[2] THEN months[1] END;
    moved integer;
    moved_with_month integer;
BEGIN
    WITH change AS (
        INSERT INTO ledger.balance AS stored (gemeente, account_id, balance_cents, floor_cents,
                                              last_month, month_debit_cents, month_credit_cents)
        SELECT p_gemeente, p_used[line.account], line.debit + line.credit, line.credit,
               one_month, line.debit, -line.credit
        FROM (SELECT l.account, ledger.total(greatest(l.amount_cents, 0)) AS debit,
                     ledger.total(least(l.amount_cents, 0)) AS credit
              FROM unnest(p_lines) AS l GROUP BY l.account) AS line
        LEFT JOIN LATERAL (
            SELECT known.floor_cents FROM ledger.account AS known
            WHERE known.gemeente = p_gemeente AND known.account_id = p_used[line.account] OFFSET 0
        ) AS account ON true
        ORDER BY account.floor_cents IS NULL, p_used[line.account]
        ON CONFLICT ON CONSTRAINT uq_balance_account DO UPDATE
        SET balance_cents = stored.balance_cents + excluded.balance_cents,
            last_month = coalesce(stored.last_month, excluded.last_month),
            month_debit_cents = stored.month_debit_cents + CASE
                WHEN coalesce(stored.last_month, excluded.last_month) = excluded.last_month
                THEN excluded.month_debit_cents ELSE 0 END,
            month_credit_cents = stored.month_credit_cents + CASE
                WHEN coalesce(stored.last_month, excluded.last_month) = excluded.last_month
                THEN excluded.month_credit_cents ELSE 0 END
        WHERE p_is_judged OR stored.floor_cents IS NULL
           OR stored.balance_cents + excluded.floor_cents >= stored.floor_cents
        RETURNING last_month)
    SELECT count(*), count(*) FILTER (WHERE last_month = one_month) INTO moved, moved_with_month
    FROM change;
    IF moved < cardinality(p_used) AND NOT p_is_judged THEN
        RETURN false;
    END IF;
    IF moved_with_month < moved THEN
        PERFORM ledger.move_months(p_gemeente, p_entries, p_lines, p_used, one_month);
    END IF;
    RETURN true;
END
$$
---
-- Add to months what was not added to the last month of its account, which gives way to one that is
-- later: all of a call of several months, and of a call of one what falls in another than the last.
CREATE FUNCTION ledger.move_months(
    p_gemeente text, p_entries ledger.call_entry[], p_lines ledger.call_line[], p_used uuid[],
    p_one_month date
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH other AS MATERIALIZED (
        SELECT p_used[change.account] AS account_id, change.month, change.debit_cents,
               change.credit_cents, stored.last_month, stored.month_debit_cents,
               stored.month_credit_cents
        FROM (SELECT l.account,
                     date_trunc('month', (p_entries[l.entry_number]).booking_date::timestamp)::date
                         AS month,
                     ledger.total(greatest(l.amount_cents, 0)) AS debit_cents,
                     -ledger.total(least(l.amount_cents, 0)) AS credit_cents
              FROM unnest(p_lines) AS l GROUP BY 1, 2) AS change
        CROSS JOIN LATERAL (
            SELECT known.last_month, known.month_debit_cents, known.month_credit_cents
            FROM ledger.balance AS known
            WHERE known.gemeente = p_gemeente AND known.account_id = p_used[change.account] OFFSET 0
        ) AS stored
        WHERE p_one_month IS NULL OR stored.last_month <> p_one_month
    ), later AS MATERIALIZED (
        SELECT account_id, max(month) AS month, last_month, month_debit_cents, month_credit_cents
        FROM other
        GROUP BY account_id, last_month, month_debit_cents, month_credit_cents
        HAVING coalesce(max(month) > last_month, true)
    ), kept AS (
        INSERT INTO ledger.month_total AS stored
            (gemeente, account_id, month, debit_cents, credit_cents)
        SELECT p_gemeente, account_id, month, ledger.total(debit_cents), ledger.total(credit_cents)
        FROM (SELECT account_id, month, debit_cents, credit_cents FROM other
              UNION ALL
              SELECT account_id, last_month, month_debit_cents, month_credit_cents FROM later
              WHERE last_month IS NOT NULL) AS part
        GROUP BY account_id, month
        ON CONFLICT (gemeente, account_id, month) DO UPDATE
        SET debit_cents = stored.debit_cents + excluded.debit_cents,
            credit_cents = stored.credit_cents + excluded.credit_cents
    )
    UPDATE ledger.balance AS stored
    SET last_month = later.month, month_debit_cents = 0, month_credit_cents = 0
    FROM later WHERE stored.gemeente = p_gemeente AND stored.account_id = later.account_id;
END
$$
---
-- Open accounts as part of the next link; gives how many were new and what is hashed of them.
CREATE FUNCTION ledger.open_accounts(
    p_head ledger.chain_head, p_openings ledger.call_account[],
    OUT total integer, OUT contents bytea
) LANGUAGE plpgsql AS $$
BEGIN
    total := 0;
    contents := '';
    IF p_openings = '{}' THEN
        RETURN;
    END IF;
    INSERT INTO ledger.account (gemeente, account_id, book, code, colour, dimensions,
                                floor_cents, chain_number)
    SELECT DISTINCT p_head.gemeente, a.account_id, a.book, a.code, a.colour, a.dimensions,
           a.floor_cents, p_head.chain_number + 1
    FROM unnest(p_openings) AS a
    ON CONFLICT (gemeente, account_id) DO NOTHING;
    GET DIAGNOSTICS total = ROW_COUNT;
    -- Another call may have opened one of them while this one waited for the head.
    PERFORM 1 FROM unnest(p_openings) AS a
    CROSS JOIN LATERAL (
        SELECT known.floor_cents FROM ledger.account AS known
        WHERE known.gemeente = p_head.gemeente AND known.account_id = a.account_id OFFSET 0
    ) AS stored
    WHERE stored.floor_cents IS DISTINCT FROM a.floor_cents;
    IF FOUND THEN
        RAISE EXCEPTION 'een rekening bestaat al met een andere ondergrens'
            USING ERRCODE = 'OS005';
    END IF;
    SELECT coalesce(string_agg(sha256(convert_to(
        '1' || ledger.netstring(gemeente) || ledger.netstring(account_id::text)
        || ledger.netstring(book) || ledger.netstring(code) || ledger.netstring(colour)
        || ledger.netstring(ledger.canonical(dimensions))
        || ledger.netstring(floor_cents::text), 'UTF8')), ''::bytea ORDER BY account_id), '')
    INTO contents FROM ledger.account
    WHERE gemeente = p_head.gemeente AND chain_number = p_head.chain_number + 1;
END
$$
---
-- The verdict on each group of a call that can not be booked as it stands, while its balances and
-- the head are locked. In order where a floor would be hit on the way, an entry reverses another,
-- or a key comes twice.
CREATE FUNCTION ledger.judge(
    p_gemeente text, p_recorded_at timestamptz, requests ledger.call_request[],
    entries ledger.call_entry[], lines ledger.call_line[], used uuid[],
    OUT verdicts jsonb[],               -- Per group: NULL as long as nothing speaks against it.
    OUT answered boolean[],             -- Per request: answered from an earlier one, or refused.
    OUT replays jsonb,
    OUT reused integer[]                -- Requests whose key stands for other content.
) LANGUAGE plpgsql AS $$
DECLARE
    facts record;                       -- What is known of the accounts of the call.
    used_floors bigint[];
    in_order boolean;                   -- Whether the groups must be walked one by one.
    running bigint[];
    booked boolean[];
    step record;
    blocked jsonb;
BEGIN
    verdicts := '{}';
    answered := '{}';
    replays := '[]';
    reused := '{}';
    facts := ledger.known_accounts(p_gemeente, used);
    used_floors := facts.floors;

    -- Requests that were answered before, and keys that come back with other content.
    FOR step IN
        SELECT asked.number, asked.first_group, asked.last_group,
               asked.fingerprint = stored.fingerprint AS same, stored.chain_number,
               stored.request_number, stored.verdicts, stored.results
        FROM unnest(requests) AS asked
        CROSS JOIN LATERAL (
            SELECT known.* FROM ledger.request AS known
            WHERE known.gemeente = p_gemeente AND known.client = asked.client
              AND known.key = asked.key OFFSET 0) AS stored
    LOOP
        answered[step.number] := true;
        FOR i IN step.first_group .. step.last_group LOOP
            verdicts[i] := jsonb_build_object('code', 'sleutel-hergebruikt');
        END LOOP;
        IF step.same THEN
            replays := replays || jsonb_build_object(
                'request', step.number, 'chain_number', step.chain_number,
                'verdicts', step.verdicts::jsonb, 'results', to_jsonb(step.results),
                'entries', (SELECT coalesce(jsonb_agg(stored.entry_id ORDER BY stored.position),
                                            '[]')
                            FROM ledger.entry AS stored
                            WHERE stored.gemeente = p_gemeente
                              AND stored.chain_number = step.chain_number
                              AND stored.request_number = step.request_number));
        ELSE
            reused := reused || step.number;
        END IF;
    END LOOP;
    lines := ARRAY(SELECT l FROM unnest(lines) AS l WHERE verdicts[l.group_number] IS NULL);

    FOR step IN SELECT * FROM ledger.check_form(
        p_gemeente, p_recorded_at, entries, lines, used, facts.books, facts.colours) LOOP
        verdicts[step.group_number] := coalesce(verdicts[step.group_number], step.verdict);
    END LOOP;

    SELECT EXISTS (SELECT 1 FROM unnest(entries) WHERE reverses IS NOT NULL)
        OR (SELECT count(*) <> count(DISTINCT (client, key)) FROM unnest(requests))
        OR EXISTS (
            SELECT 1 FROM (
                SELECT balance.floor_cents, balance.balance_cents + sum(change.delta) OVER (
                    PARTITION BY change.account_id ORDER BY change.group_number) AS after
                FROM (SELECT used[line.account] AS account_id, line.group_number,
                             sum(line.amount_cents) AS delta
                      FROM unnest(lines) AS line
                      WHERE used_floors[line.account] IS NOT NULL
                        AND verdicts[line.group_number] IS NULL
                      GROUP BY line.account, line.group_number) AS change
                CROSS JOIN LATERAL (
                    SELECT known.balance_cents, known.floor_cents FROM ledger.balance AS known
                    WHERE known.gemeente = p_gemeente AND known.account_id = change.account_id
                    OFFSET 0) AS balance) AS path
            WHERE path.after < path.floor_cents)
    INTO in_order;

    IF in_order THEN
        running := ARRAY(
            SELECT balance.balance_cents FROM ledger.balance AS balance
            WHERE balance.gemeente = p_gemeente AND balance.account_id IN (
                SELECT used[line.account] FROM unnest(lines) AS line
                WHERE used_floors[line.account] IS NOT NULL)
            ORDER BY balance.account_id);
        booked := array_fill(false, ARRAY[cardinality(requests)]);
        FOR step IN
            WITH place AS (
                SELECT balance.account_id, balance.floor_cents,
                       row_number() OVER (ORDER BY balance.account_id) AS place
                FROM ledger.balance AS balance
                WHERE balance.gemeente = p_gemeente AND balance.account_id IN (
                    SELECT used[line.account] FROM unnest(lines) AS line
                WHERE used_floors[line.account] IS NOT NULL)
            ), change AS (
                SELECT line.group_number, place.place, place.floor_cents, place.account_id,
                       sum(line.amount_cents)::bigint AS delta
                FROM unnest(lines) AS line
                JOIN place ON place.account_id = used[line.account]
                WHERE verdicts[line.group_number] IS NULL
                GROUP BY line.group_number, place.place, place.floor_cents, place.account_id
            ), changes AS (
                SELECT group_number, array_agg(place ORDER BY place) AS places,
                       array_agg(floor_cents ORDER BY place) AS floors,
                       array_agg(account_id ORDER BY place) AS accounts,
                       array_agg(delta ORDER BY place) AS deltas
                FROM change GROUP BY group_number
            ), reversals AS (
                SELECT group_number, jsonb_agg(to_jsonb(reversal) ORDER BY number) AS list
                FROM ledger.check_reversals(
                    p_gemeente, entries, lines, used) AS reversal
                GROUP BY group_number
            ), twin AS (
                SELECT later.number, max(earlier.number) AS earlier_number
                FROM unnest(requests) AS later JOIN unnest(requests) AS earlier
                    ON earlier.client = later.client AND earlier.key = later.key
                    AND earlier.number < later.number
                GROUP BY later.number
            )
            SELECT asked.number AS request_number, g.group_number, asked.fingerprint,
                   asked.client, asked.key, changes.places, changes.floors, changes.accounts,
                   changes.deltas, reversals.list AS reversals,
                   twin.earlier_number IS NOT NULL AS has_twin
            FROM unnest(requests) AS asked
            LEFT JOIN LATERAL generate_series(asked.first_group, asked.last_group)
                AS g (group_number) ON true
            LEFT JOIN changes USING (group_number)
            LEFT JOIN reversals USING (group_number)
            LEFT JOIN twin ON twin.number = asked.number
            ORDER BY asked.number, g.group_number
        LOOP
            IF step.has_twin AND answered[step.request_number] IS NULL
               AND NOT booked[step.request_number] THEN
                FOR i IN 1 .. step.request_number - 1 LOOP
                    IF (requests[i]).client = step.client AND (requests[i]).key = step.key
                       AND (booked[i] OR cardinality((requests[i]).results) > 0) THEN
                        answered[step.request_number] := true;
                        IF (requests[i]).fingerprint = step.fingerprint THEN
                            replays := replays || jsonb_build_object(
                                'request', step.request_number, 'same_as', i);
                        ELSE
                            reused := reused || step.request_number;
                        END IF;
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
            CONTINUE WHEN step.group_number IS NULL;
            IF answered[step.request_number] THEN
                verdicts[step.group_number] :=
                    jsonb_build_object('code', 'sleutel-hergebruikt');
            END IF;
            CONTINUE WHEN verdicts[step.group_number] IS NOT NULL;
            blocked := NULL;
            FOR i IN 0 .. coalesce(jsonb_array_length(step.reversals), 0) - 1 LOOP
                blocked := ledger.judge_reversal(step.reversals -> i, verdicts);
                EXIT WHEN blocked IS NOT NULL;
            END LOOP;
            IF blocked IS NULL THEN
                FOR i IN 1 .. coalesce(cardinality(step.places), 0) LOOP
                    IF running[step.places[i]] + step.deltas[i] < step.floors[i] THEN
                        blocked := jsonb_build_object(
                            'code', 'saldo-ontoereikend', 'account', step.accounts[i],
                            'balance_cents', running[step.places[i]],
                            'change_cents', step.deltas[i], 'floor_cents', step.floors[i]);
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
            IF blocked IS NOT NULL THEN
                verdicts[step.group_number] := blocked;
                CONTINUE;
            END IF;
            booked[step.request_number] := true;
            FOR i IN 1 .. coalesce(cardinality(step.places), 0) LOOP
                running[step.places[i]] := running[step.places[i]] + step.deltas[i];
            END LOOP;
        END LOOP;
    END IF;
END
$$
---
-- Write the next link: its lines, its entries and every request that booked something or carries
-- results of its own; all rows in one statement, because what an entry is and what its lines are is
-- compared after each. p_remembered are the verdicts per request, NULL when it is forgotten, or
-- nothing where every group of every request is booked and is one entry. Gives the number of the
-- link, or nothing where there was nothing to write.
CREATE FUNCTION ledger.record(
    p_head ledger.chain_head, p_recorded_at timestamptz, prefix text, p_moment text,
    requests ledger.call_request[], entries ledger.call_entry[], lines ledger.call_line[],
    used uuid[], hashes bytea[], p_remembered text[], p_accounts integer, contents bytea
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    request_total integer;
BEGIN
    IF p_head.posted_by = pg_current_xact_id() THEN
        RAISE EXCEPTION 'tweede boekingsopdracht voor % in één databasetransactie', p_head.gemeente
            USING ERRCODE = 'OS004';
    END IF;
    -- PostgreSQL runs these from the last to the first, and their triggers too: that all is in
    -- balance and on known accounts is seen before the domains look at what the entries are for.
    WITH entered AS (
        INSERT INTO ledger.entry (gemeente, chain_number, position, request_number,
            group_number, entry_id, booking_date, performance_from, performance_until,
            recorded_at, actor, kind, description, document, decision, rule_version,
            reverses, metadata, content_hash)
        SELECT p_head.gemeente, p_head.chain_number + 1, e.number, e.request_number,
            e.group_number, e.entry_id, e.booking_date, e.performance_from, e.performance_until,
            p_recorded_at, (requests[e.request_number]).actor, e.kind, e.description, e.document,
            e.decision, e.rule_version, e.reverses, e.metadata, hashes[e.number]
        FROM unnest(entries) AS e
    ), posted AS (
        INSERT INTO ledger.posting (gemeente, chain_number, position, line, account_id,
                                    booking_date, amount_cents, basis)
        SELECT p_head.gemeente, p_head.chain_number + 1, l.entry_number, l.line, used[l.account],
               (entries[l.entry_number]).booking_date, l.amount_cents, l.basis
        FROM unnest(lines) AS l
    ), kept AS (
        INSERT INTO ledger.request AS new (gemeente, chain_number, request_number, client, key,
                                           fingerprint, actor, verdicts, results)
        SELECT p_head.gemeente, p_head.chain_number + 1, asked.number, asked.client, asked.key,
               asked.fingerprint, asked.actor, asked.verdicts, asked.results
        FROM (SELECT each.*, CASE
                  WHEN p_remembered IS NOT NULL THEN p_remembered[number]
                  WHEN first_group <= last_group OR results <> '{}' THEN
                      '[' || left(repeat('1, ', last_group - first_group + 1), -2) || ']'
              END AS verdicts
              FROM unnest(requests) AS each) AS asked
        WHERE asked.verdicts IS NOT NULL
        RETURNING request_number, sha256(convert_to(concat(
            prefix, octet_length(request_number::text), ':', request_number,
            octet_length(client), ':', client, octet_length(key), ':', key,
            '64:', encode(fingerprint, 'hex'), octet_length(actor), ':', actor,
            octet_length(new.verdicts), ':', new.verdicts,
            octet_length(results::text), ':', results), 'UTF8')) AS hash
    )
    SELECT count(*), contents || coalesce(string_agg(hash, ''::bytea ORDER BY request_number), '')
    INTO request_total, contents FROM kept;
    IF p_remembered IS NULL AND request_total < cardinality(requests) THEN
        RAISE 'wat een verzoek zonder boeking is, moet beoordeeld worden'
            USING ERRCODE = 'OS006';
    END IF;
    IF p_accounts + cardinality(entries) + request_total = 0 THEN
        RETURN NULL;
    END IF;
    RETURN ledger.append_link(p_head, p_recorded_at, p_moment, p_accounts, 0,
                              cardinality(entries), request_total, contents);
END
$$
---
-- What is remembered of each request: per group its verdict, or the number of its entries where it
-- is booked; NULL where nothing came of it.
CREATE FUNCTION ledger.remember(
    p_requests ledger.call_request[], p_entries ledger.call_entry[],
    p_verdicts jsonb[], p_answered boolean[]
) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    sizes integer[];
    step record;
BEGIN
    FOR step IN
        SELECT e.group_number, count(*) AS size FROM unnest(p_entries) AS e GROUP BY e.group_number
    LOOP
        sizes[step.group_number] := step.size;
    END LOOP;
    RETURN ARRAY(
        SELECT CASE WHEN p_answered[asked.number] IS NULL
                     AND (summary.booked OR cardinality(asked.results) > 0)
                    THEN summary.verdicts::text END
        FROM unnest(p_requests) AS asked
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(coalesce(p_verdicts[g], to_jsonb(coalesce(sizes[g], 0)))
                                      ORDER BY g), '[]') AS verdicts,
                   coalesce(bool_or(p_verdicts[g] IS NULL), false) AS booked
            FROM generate_series(asked.first_group, asked.last_group) AS g) AS summary
        ORDER BY asked.number);
END
$$
---
-- The one door to the books: a list of requests, each with groups of entries; the verdict on each
-- group is what it would be if the groups were posted one by one, in order.
CREATE FUNCTION ledger.post(
    p_gemeente text, p_recorded_at timestamptz, requests ledger.call_request[],
    entries ledger.call_entry[], lines ledger.call_line[], used uuid[],
    openings ledger.call_account[]
) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off  -- By key only.
AS $$
DECLARE
    head ledger.chain_head;
    seen record;                        -- The hashes of the entries and what they have in common.
    opened record;
    judged record;
    remembered text[];                  -- Per request: its verdicts; nothing where all is plain.
    places integer[];                   -- Per entry of the call: its place in the link.
    group_total integer := coalesce((requests[cardinality(requests)]).last_group, 0);
    link_number bigint;
    prefix text := '1' || ledger.netstring(p_gemeente);
    moment text := ledger.moment(p_recorded_at);
BEGIN
    -- Hashed before the locks, so that callers who wait for each other do this side by side.
    seen := ledger.hash_entries(prefix, moment, requests, entries, lines, used);

    -- Accounts that this call needs and that do not exist yet: their balances stand before the
    -- locks, so that they are judged and moved like any other.
    IF openings <> '{}' THEN
        openings := ARRAY(
            SELECT a FROM unnest(openings) AS a
            LEFT JOIN LATERAL (
                SELECT known.account_id, known.floor_cents FROM ledger.account AS known
                WHERE known.gemeente = p_gemeente AND known.account_id = a.account_id OFFSET 0
            ) AS stored ON true
            WHERE stored.account_id IS NULL OR stored.floor_cents IS DISTINCT FROM a.floor_cents);
    END IF;
    IF openings <> '{}' THEN
        INSERT INTO ledger.balance (gemeente, account_id, balance_cents, floor_cents)
        SELECT p_gemeente, a.account_id, 0, a.floor_cents FROM unnest(openings) AS a
        ORDER BY a.floor_cents IS NULL, a.account_id
        ON CONFLICT (gemeente, account_id) DO NOTHING;
    END IF;

    -- Most calls can be booked as they stand: nothing is judged then, and the tables refuse what is
    -- out of form. What they refuse is undone, and judged below; so is a call of which not all days
    -- were opened by one word.
    IF seen.is_usual THEN
        BEGIN
            IF NOT seen.is_single OR group_total <> cardinality(entries) THEN
                remembered := ledger.remember(requests, entries, '{}', '{}');
            END IF;
            -- One that is forgotten meets no constraint, and may yet come with a key that stands.
            IF array_position(remembered, NULL) IS NOT NULL THEN
                RAISE 'wat een verzoek zonder boeking is, moet beoordeeld worden'
                    USING ERRCODE = 'OS006';
            END IF;
            IF NOT ledger.move_balances(
                p_gemeente, entries, lines, used, seen.first_day, seen.last_day, false)
            THEN
                RAISE 'een saldo kan onderweg onder zijn ondergrens komen' USING ERRCODE = 'OS006';
            END IF;
            head := ledger.lock_head(p_gemeente);
            opened := ledger.open_accounts(head, openings);
            PERFORM FROM (
                SELECT change.* FROM ledger.period_change AS change
                WHERE change.gemeente = p_gemeente AND change.from_date <= seen.last_day
                  AND seen.first_day < change.until_date
                ORDER BY change.chain_number DESC LIMIT 1) AS word
            WHERE word.is_open AND word.from_date <= seen.first_day
              AND seen.last_day < word.until_date
              AND coalesce(p_recorded_at < word.open_until, true);
            IF NOT FOUND THEN
                RAISE 'niet alle dagen zijn open' USING ERRCODE = 'OS006';
            END IF;
            RETURN jsonb_build_object(
                'chain_number', ledger.record(
                    head, p_recorded_at, prefix, moment, requests, entries, lines, used,
                    seen.hashes, remembered, opened.total, opened.contents || seen.contents),
                'replays', jsonb '[]', 'reused', jsonb '[]', 'refused', jsonb '{}');
        EXCEPTION
            WHEN check_violation OR unique_violation OR numeric_value_out_of_range
                OR SQLSTATE 'OS002' OR SQLSTATE 'OS006' THEN
                NULL;
        END;
    END IF;

    -- Locks: balances in the order of lock_accounts, the head last.
    PERFORM FROM ledger.balance
    WHERE gemeente = p_gemeente AND account_id = ANY (used)
    ORDER BY (floor_cents IS NULL), account_id FOR UPDATE;
    head := ledger.lock_head(p_gemeente);
    opened := ledger.open_accounts(head, openings);
    judged := ledger.judge(p_gemeente, p_recorded_at, requests, entries, lines, used);

    -- From here on the call holds only what is booked, numbered as it stands in the link.
    places := ARRAY(
        SELECT CASE WHEN judged.verdicts[e.group_number] IS NULL THEN
                   count(*) FILTER (WHERE judged.verdicts[e.group_number] IS NULL)
                       OVER (ORDER BY e.number) END
        FROM unnest(entries) AS e ORDER BY e.number);
    lines := ARRAY(
        SELECT (places[l.entry_number], l.group_number, l.line, l.account, l.amount_cents,
                l.basis)::ledger.call_line
        FROM unnest(lines) AS l WHERE places[l.entry_number] IS NOT NULL);
    entries := ARRAY(
        SELECT (places[e.number], e.request_number, e.group_number, e.entry_id, e.booking_date,
                e.performance_from, e.performance_until, e.kind, e.description, e.document,
                e.decision, e.rule_version, e.reverses, e.metadata)::ledger.call_entry
        FROM unnest(entries) AS e WHERE places[e.number] IS NOT NULL ORDER BY e.number);
    seen := ledger.hash_entries(prefix, moment, requests, entries, lines, used);
    PERFORM ledger.move_balances(
        p_gemeente, entries, lines, used, seen.first_day, seen.last_day, true);
    link_number := ledger.record(
        head, p_recorded_at, prefix, moment, requests, entries, lines, used, seen.hashes,
        ledger.remember(requests, entries, judged.verdicts, judged.answered),
        opened.total, opened.contents || coalesce(seen.contents, ''));
    RETURN jsonb_build_object(
        'chain_number', link_number, 'replays', judged.replays, 'reused', judged.reused,
        'refused', (SELECT coalesce(jsonb_object_agg(g, judged.verdicts[g]), '{}')
                    FROM generate_series(1, group_total) AS g
                    WHERE judged.verdicts[g] IS NOT NULL));
END
$$
---
-- Which municipalities have books, also those on no list of today: a step in an index for each.
CREATE FUNCTION ledger.municipalities() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE found (gemeente) AS (
        SELECT least((SELECT min(gemeente) FROM ledger.entry),
                     (SELECT min(gemeente) FROM ledger.link),
                     (SELECT min(gemeente) FROM ledger.posting))
        UNION ALL
        SELECT least((SELECT min(gemeente) FROM ledger.entry WHERE gemeente > found.gemeente),
                     (SELECT min(gemeente) FROM ledger.link WHERE gemeente > found.gemeente),
                     (SELECT min(gemeente) FROM ledger.posting WHERE gemeente > found.gemeente))
        FROM found WHERE found.gemeente IS NOT NULL
    )
    SELECT gemeente FROM found WHERE gemeente IS NOT NULL
$$
---
-- Least rights: the application reads, and writes through these functions only.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC
---
GRANT USAGE ON SCHEMA ledger TO ontschot_app
---
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ontschot_app
---
-- So that the program can tell whether the tables have the shape that it knows.
GRANT SELECT ON public.alembic_version TO ontschot_app
---
GRANT EXECUTE ON FUNCTION ledger.post, ledger.lock_accounts, ledger.change_period,
    ledger.municipalities, ledger.netstring, ledger.canonical, ledger.moment TO ontschot_app
---
ALTER TABLE ledger.account ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.account
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.balance ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.balance
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.month_total ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.month_total
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.period_change ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.period_change
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.request ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.request
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.entry
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.posting ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.posting
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.link ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.link
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE ledger.chain_head ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON ledger.chain_head
    USING (gemeente = current_setting('ontschot.gemeente', true))
