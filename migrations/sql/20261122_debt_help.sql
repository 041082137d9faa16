-- A delivery of debt help by another system (DDAS 1.0). mark tells the same file from another one,
-- and only the key of the persons can make it. left_out says per trajectory why it was left out.
CREATE TABLE domains.help_delivery (
    gemeente      text        NOT NULL,
    delivery_id   uuid        NOT NULL,
    mark          bytea       NOT NULL,
    file_name     text        NOT NULL,
    supplier      text        NOT NULL,
    from_date     date        NOT NULL,
    until_date    date        NOT NULL,
    trajectories  integer     NOT NULL,
    left_out      jsonb       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_help_delivery PRIMARY KEY (gemeente, delivery_id),
    CONSTRAINT uq_help_delivery_mark UNIQUE (gemeente, mark),
    CONSTRAINT ck_help_delivery_days
        CHECK (from_date < until_date AND until_date <= DATE '2200-01-01')
)
---
-- That help of a kind began for a person on a day, as a delivery told it. A later delivery may tell
-- that it ended, and how.
CREATE TABLE domains.told_help (
    gemeente     text    NOT NULL,
    delivery_id  uuid    NOT NULL,
    sequence     integer NOT NULL,
    person_id    uuid    NOT NULL,
    kind         text    NOT NULL,
    form         text    NOT NULL,
    started_on   date    NOT NULL,
    ended_on     date,
    outcome      text    NOT NULL,
    CONSTRAINT pk_told_help PRIMARY KEY (gemeente, delivery_id, sequence),
    CONSTRAINT ck_told_help_days
        CHECK (started_on <= coalesce(ended_on, started_on)
               AND coalesce(ended_on, started_on) < DATE '2200-01-01'),
    CONSTRAINT fk_told_help_delivery FOREIGN KEY (gemeente, delivery_id)
        REFERENCES domains.help_delivery (gemeente, delivery_id)
)
---
CREATE INDEX ix_told_help_person ON domains.told_help (gemeente, person_id, started_on)
---
-- Help that began, by the latest word on it. ended_on is the last day.
CREATE VIEW domains.help_start WITH (security_invoker = true) AS
SELECT DISTINCT ON (told.gemeente, told.person_id, told.kind, told.form, told.started_on)
       told.gemeente, told.person_id, told.kind, told.form, told.started_on, told.ended_on,
       told.outcome, 'ddas'::text AS source, told.delivery_id
FROM domains.told_help AS told
JOIN domains.help_delivery AS delivery USING (gemeente, delivery_id)
ORDER BY told.gemeente, told.person_id, told.kind, told.form, told.started_on,
         delivery.recorded_at DESC, told.delivery_id DESC, told.sequence DESC
---
GRANT SELECT ON domains.help_start TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['help_delivery', 'told_help'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON domains.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
