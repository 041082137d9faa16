-- Who stands behind a pseudonym. The ledger never reads this schema: messages need the BSN back when
-- they are answered. Everything is sealed by a key that lies outside the database.
CREATE SCHEMA persons
---
-- The key of a family, wrapped by the master key; without a family that of strangers in a message.
-- Destroying it forgets whom it sealed.
CREATE TABLE persons.data_key (
    gemeente      text        NOT NULL,
    key_id        uuid        NOT NULL,
    family_id     uuid,
    master        text        NOT NULL,
    wrapped       bytea,
    recorded_at   timestamptz NOT NULL,
    destroyed_at  timestamptz,
    destroyed_by  text,
    reason        text,
    CONSTRAINT pk_data_key PRIMARY KEY (gemeente, key_id),
    CONSTRAINT ck_data_key_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)
        AND (wrapped IS NULL) = (destroyed_by IS NOT NULL)
        AND (wrapped IS NULL) = (reason IS NOT NULL))
)
---
CREATE UNIQUE INDEX uq_data_key_family ON persons.data_key (gemeente, family_id)
    WHERE wrapped IS NOT NULL AND family_id IS NOT NULL
---
-- Master keys that were thrown away: nothing may be wrapped by them any more, also not by a program
-- that still holds one.
CREATE TABLE persons.dropped_master (
    gemeente     text        NOT NULL,
    master       text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT pk_dropped_master PRIMARY KEY (gemeente, master)
)
---
-- lookup finds a BSN by a keyed hash. Strangers (not is_known) may stand here more than once.
CREATE TABLE persons.person (
    gemeente     text        NOT NULL,
    person_id    uuid        NOT NULL,
    key_id       uuid        NOT NULL,
    lookup       bytea       NOT NULL CHECK (length(lookup) = 32),
    is_known     boolean     NOT NULL,
    sealed       bytea       NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (gemeente, person_id),
    CONSTRAINT fk_person_data_key FOREIGN KEY (gemeente, key_id)
        REFERENCES persons.data_key (gemeente, key_id)
)
---
CREATE UNIQUE INDEX uq_person_lookup ON persons.person (gemeente, lookup) WHERE is_known
---
-- Seal persons by the key of another family: whoever moved is forgotten with whom he lives with now.
CREATE FUNCTION persons.seal_anew(
    p_gemeente text, p_persons uuid[], p_keys uuid[], p_sealed bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    UPDATE persons.person AS person SET key_id = given.key_id, sealed = given.sealed
    FROM unnest(p_persons, p_keys, p_sealed) AS given (person_id, key_id, sealed)
    WHERE person.gemeente = p_gemeente AND person.person_id = given.person_id;
END
$$
---
REVOKE ALL ON FUNCTION persons.seal_anew FROM PUBLIC
---
-- Destroy the key of a family and all that it sealed, also what was kept of these people when a
-- message named them before anybody here knew them.
CREATE FUNCTION persons.forget_family(
    p_gemeente text, p_family uuid, p_at timestamptz, p_actor text, p_reason text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    WITH known AS (
        SELECT person.person_id, person.lookup
        FROM persons.person AS person JOIN persons.data_key AS key USING (gemeente, key_id)
        WHERE person.gemeente = p_gemeente AND key.family_id = p_family
    )
    DELETE FROM persons.person AS person USING known
    WHERE person.gemeente = p_gemeente
      AND (person.person_id = known.person_id
           OR NOT person.is_known AND person.lookup = known.lookup);
    UPDATE persons.data_key SET wrapped = NULL, destroyed_at = p_at, destroyed_by = p_actor,
        reason = p_reason
    WHERE gemeente = p_gemeente AND family_id = p_family AND wrapped IS NOT NULL;
END
$$
---
REVOKE ALL ON FUNCTION persons.forget_family FROM PUBLIC
---
GRANT USAGE ON SCHEMA persons TO ontschot_app
---
GRANT EXECUTE ON FUNCTION persons.forget_family, persons.seal_anew TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['data_key', 'dropped_master', 'person'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON persons.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE persons.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON persons.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
    END LOOP;
END
$$
