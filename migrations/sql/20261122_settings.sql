-- Whether something that a request answered with was there at a chain number. Its moment is that of
-- the link; only links of that moment are searched for the request.
CREATE FUNCTION domains.is_known(
    p_gemeente text, p_id uuid, p_at timestamptz, p_known_up_to bigint
) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM ledger.link AS link
        JOIN ledger.request AS request USING (gemeente, chain_number)
        WHERE link.gemeente = p_gemeente AND link.recorded_at = p_at
          AND link.chain_number <= p_known_up_to AND p_id = ANY (request.results)
    )
$$
---
-- What a municipality itself decides about how the rules work out: the order of advances, mandates,
-- terms. A later version takes over from its first day; nothing is ever changed.
CREATE TABLE domains.setting (
    gemeente     text        NOT NULL,
    name         text        NOT NULL,
    number       integer     NOT NULL CHECK (number > 0),
    setting_id   uuid        NOT NULL,
    value        jsonb       NOT NULL,
    decision     text        NOT NULL CHECK (decision <> ''),
    valid_from   date        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_setting PRIMARY KEY (gemeente, name, number)
)
---
-- What was decided and holds on a day, by name; what is not named has the value of the program.
-- One call inside any statement, so that a decision reads its settings with all else it needs.
CREATE FUNCTION domains.settings_on(p_gemeente text, p_day date) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(holds.name, holds.value), '{}')
    FROM (
        SELECT DISTINCT ON (setting.name) setting.name, setting.value
        FROM domains.setting
        WHERE setting.gemeente = p_gemeente AND setting.valid_from <= p_day
        ORDER BY setting.name, setting.number DESC
    ) AS holds
$$
---
GRANT SELECT, INSERT ON domains.setting TO ontschot_app
---
ALTER TABLE domains.setting ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.setting
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.setting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
