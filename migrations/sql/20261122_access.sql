-- Who is signed in. A row goes when its session ends.
CREATE SCHEMA access
---
CREATE TABLE access.session (
    gemeente      text        NOT NULL,
    token_sha256  bytea       NOT NULL CHECK (length(token_sha256) = 32),
    subject       text        NOT NULL,
    client        text        NOT NULL,
    roles         text[]      NOT NULL,
    teams         text[]      NOT NULL,
    display_name  text        NOT NULL,
    began_at      timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (gemeente, token_sha256)
)
---
CREATE INDEX ix_session_subject ON access.session (gemeente, subject)
---
GRANT USAGE ON SCHEMA access TO ontschot_app
---
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at) ON access.session TO ontschot_app
---
ALTER TABLE access.session ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON access.session
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
-- The audit log: every change and every refusal. Each line holds the hash of the line before it.
CREATE TABLE access.audit_line (
    gemeente    text        NOT NULL,
    number      bigint      NOT NULL,
    logged_at   timestamptz NOT NULL,
    actor       text        NOT NULL,
    client      text        NOT NULL,
    action      text        NOT NULL,
    object      text        NOT NULL,
    result      text        NOT NULL,
    origin      text        NOT NULL,
    trace_id    uuid        NOT NULL,
    hash        bytea       NOT NULL,
    CONSTRAINT pk_audit_line PRIMARY KEY (gemeente, number)
)
---
CREATE TABLE access.audit_head (
    gemeente  text    NOT NULL,
    number    bigint  NOT NULL,
    hash      bytea   NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (gemeente)
)
---
-- Add lines in the order in which they are given; the head is locked as short as can be.
CREATE FUNCTION access.write_audit(p_gemeente text, p_lines jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head access.audit_head;
    line record;
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    INSERT INTO access.audit_head (gemeente, number, hash)
    VALUES (p_gemeente, 0, sha256(convert_to(ledger.netstring(p_gemeente), 'UTF8')))
    ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM access.audit_head WHERE gemeente = p_gemeente FOR UPDATE;
    FOR line IN
        SELECT given.* FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS each (value, place)
        CROSS JOIN LATERAL jsonb_to_record(each.value) AS given (
            logged_at timestamptz, actor text, client text, action text, object text, result text,
            origin text, trace_id uuid)
        ORDER BY each.place
    LOOP
        head.number := head.number + 1;
        head.hash := sha256(head.hash || convert_to(concat(
            ledger.netstring(head.number::text), ledger.netstring(ledger.moment(line.logged_at)),
            ledger.netstring(line.actor), ledger.netstring(line.client),
            ledger.netstring(line.action), ledger.netstring(line.object),
            ledger.netstring(line.result), ledger.netstring(line.origin),
            ledger.netstring(line.trace_id::text)), 'UTF8'));
        INSERT INTO access.audit_line (gemeente, number, logged_at, actor, client, action, object,
                                       result, origin, trace_id, hash)
        VALUES (p_gemeente, head.number, line.logged_at, line.actor, line.client, line.action,
                line.object, line.result, line.origin, line.trace_id, head.hash);
    END LOOP;
    UPDATE access.audit_head SET number = head.number, hash = head.hash
    WHERE gemeente = p_gemeente;
    RETURN head.number;
END
$$
---
REVOKE ALL ON FUNCTION access.write_audit FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION access.write_audit TO ontschot_app
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.audit_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON access.audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_line', 'audit_head'] LOOP
        EXECUTE format('GRANT SELECT ON access.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE access.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON access.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
    END LOOP;
END
$$
