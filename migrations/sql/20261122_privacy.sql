-- Who stands in for a colleague, until when: he sees and helps the families that this one leads.
CREATE TABLE access.cover (
    gemeente      text        NOT NULL,
    cover_id      uuid        NOT NULL,
    substitute    text        NOT NULL,
    professional  text        NOT NULL,
    team          text        NOT NULL,
    from_date     date        NOT NULL,
    until_date    date        NOT NULL,
    reason        text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_cover PRIMARY KEY (gemeente, cover_id),
    CONSTRAINT ck_cover_days CHECK (from_date < until_date),
    CONSTRAINT ck_cover_other CHECK (substitute <> professional)
)
---
CREATE INDEX ix_cover_substitute ON access.cover (gemeente, substitute, until_date)
---
-- A cover that ends before its time.
CREATE TABLE access.cover_end (
    gemeente     text        NOT NULL,
    cover_id     uuid        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_cover_end PRIMARY KEY (gemeente, cover_id),
    CONSTRAINT fk_cover_end FOREIGN KEY (gemeente, cover_id)
        REFERENCES access.cover (gemeente, cover_id)
)
---
CREATE INDEX ix_lead_professional_name ON domains.lead_professional (gemeente, professional, team)
    WHERE until_date IS NULL
---
-- Logboek dataverwerkingen: each action on what is known of a person, and why. Who acted stands in
-- the audit log under the same trace.
CREATE TABLE access.processing (
    gemeente    text        NOT NULL,
    trace_id    uuid        NOT NULL,
    span_id     bytea       NOT NULL CHECK (length(span_id) = 8),
    name        text        NOT NULL,
    activity    text        NOT NULL,
    person_id   uuid        NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    CONSTRAINT pk_processing PRIMARY KEY (gemeente, trace_id, span_id)
)
---
CREATE INDEX ix_processing_person ON access.processing (gemeente, person_id, started_at)
---
CREATE INDEX ix_processing_activity ON access.processing (gemeente, activity, started_at)
---
CREATE INDEX ix_audit_line_trace ON access.audit_line (gemeente, trace_id)
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['cover', 'cover_end', 'processing'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON access.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE access.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON access.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON access.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
---
CREATE POLICY own_families ON access.processing AS RESTRICTIVE USING (
    (SELECT current_setting('ontschot.teams', true)) = '*'
    OR (domains.sees_person(gemeente, person_id)))
    -- Whoever opens a family also looks at who left it: of members he sees those stays only.
    WITH CHECK ((SELECT current_setting('ontschot.teams', true)) = '*' OR EXISTS (
        SELECT 1 FROM domains.member AS stay
        WHERE stay.gemeente = processing.gemeente AND stay.person_id = processing.person_id))
---
-- Wrap the keys of families by another master key, and mark their persons by it.
CREATE FUNCTION persons.wrap_anew(
    p_gemeente text, p_keys uuid[], p_wrapped bytea[], p_master text,
    p_persons uuid[], p_lookups bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    UPDATE persons.data_key AS key SET wrapped = given.wrapped, master = p_master
    FROM unnest(p_keys, p_wrapped) AS given (key_id, wrapped)
    WHERE key.gemeente = p_gemeente AND key.key_id = given.key_id AND key.wrapped IS NOT NULL;
    UPDATE persons.person AS person SET lookup = given.lookup
    FROM unnest(p_persons, p_lookups) AS given (person_id, lookup)
    WHERE person.gemeente = p_gemeente AND person.person_id = given.person_id;
END
$$
---
REVOKE ALL ON FUNCTION persons.wrap_anew FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION persons.wrap_anew TO ontschot_app
