-- What stands in each state of an item, per payer; an open amount has none.
CREATE VIEW domains.payer_standing WITH (security_invoker = true) AS
SELECT flow.gemeente, flow.part_id, flow.state, flow.payer, sum(flow.cents)::bigint AS amount_cents
FROM (
    SELECT move.gemeente, move.part_id, side.state,
           CASE side.state WHEN 'open' THEN '' ELSE move.payer END AS payer, side.cents
    FROM domains.payer_move AS move
    CROSS JOIN LATERAL (VALUES
        (move.from_state, -move.amount_cents), (move.to_state, move.amount_cents)
    ) AS side (state, cents)
    WHERE side.state <> ''
) AS flow
GROUP BY flow.gemeente, flow.part_id, flow.state, flow.payer
HAVING sum(flow.cents) <> 0
---
CREATE INDEX ix_payer_move_entries ON domains.payer_move USING gin (entries)
---
-- No more leaves a state of an item than came in. Steps on one item take turns here too.
CREATE FUNCTION domains.refuse_overdrawn_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM added WHERE added.from_state <> '') THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM domains.payer_item AS item
    WHERE (item.gemeente, item.part_id) IN (SELECT added.gemeente, added.part_id FROM added)
    ORDER BY item.gemeente, item.part_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT gemeente, part_id FROM added) AS touched
        JOIN domains.payer_standing AS standing USING (gemeente, part_id)
        WHERE standing.amount_cents < 0
    ) THEN
        RAISE EXCEPTION 'Een openstaande betaler komt onder nul (payer_floor).'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payer_floor';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER payer_floor AFTER INSERT ON domains.payer_move
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION domains.refuse_overdrawn_item()
---
-- Let items follow what these entries did to their parts, where no move of the item names them yet:
-- what was released, stopped, re-covered or reversed lapses (what is open first, then what is
-- disputed, then what is claimed), and what was added is open.
CREATE FUNCTION domains.follow_parts(
    p_gemeente text, p_entries uuid[], p_at timestamptz, p_actor text, p_reason text
) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH changed AS MATERIALIZED (
        SELECT move.part_id, sum(move.reserved_cents + move.spent_cents) AS cents,
               array_agg(move.entry_id ORDER BY move.entry_id) AS entries
        FROM domains.part_move AS move
        JOIN domains.payer_item AS item USING (gemeente, part_id)
        WHERE move.gemeente = p_gemeente AND move.entry_id = ANY (p_entries)
          AND NOT EXISTS (
              SELECT 1 FROM domains.payer_move AS told
              WHERE told.gemeente = p_gemeente AND told.part_id = move.part_id
                AND told.entries && p_entries)
        GROUP BY move.part_id
    ), bucket AS (
        SELECT changed.part_id, changed.entries, -changed.cents AS needed, standing.state,
               standing.payer, standing.amount_cents,
               sum(standing.amount_cents) OVER (PARTITION BY changed.part_id
                   ORDER BY array_position('{open,betwist,geclaimd}', standing.state),
                            standing.payer) AS up_to
        FROM changed
        JOIN domains.payer_standing AS standing
          ON standing.gemeente = p_gemeente AND standing.part_id = changed.part_id
        WHERE changed.cents < 0 AND standing.state IN ('open', 'betwist', 'geclaimd')
    ), step AS (
        SELECT part_id, entries, state AS from_state, 'vervallen' AS to_state, payer,
               least(amount_cents, needed - (up_to - amount_cents)) AS cents
        FROM bucket WHERE needed > up_to - amount_cents
        UNION ALL
        SELECT part_id, entries, '', 'open', '', cents FROM changed WHERE cents > 0
    )
    INSERT INTO domains.payer_move (gemeente, part_id, number, from_state, to_state, payer,
        amount_cents, at, actor, reason, decision_ref, entries)
    SELECT p_gemeente, step.part_id, last.number + row_number() OVER (
               PARTITION BY step.part_id ORDER BY step.from_state, step.payer),
           step.from_state, step.to_state, coalesce(nullif(step.payer, ''), part.payer),
           step.cents, p_at, p_actor, p_reason, '', step.entries
    FROM step
    JOIN domains.part AS part ON part.gemeente = p_gemeente AND part.part_id = step.part_id
    CROSS JOIN LATERAL (
        SELECT max(move.number) AS number FROM domains.payer_move AS move
        WHERE move.gemeente = p_gemeente AND move.part_id = step.part_id) AS last
$$
---
-- Take back the steps that these entries were booked for; p_reversals are the entries that reverse
-- them. An item that opened with an entry is not taken back but follows its part.
CREATE FUNCTION domains.take_back_steps(
    p_gemeente text, p_entries uuid[], p_reversals uuid[], p_at timestamptz, p_actor text,
    p_reason text
) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO domains.payer_move (gemeente, part_id, number, from_state, to_state, payer,
        amount_cents, at, actor, reason, decision_ref, entries)
    SELECT p_gemeente, move.part_id, last.number + row_number() OVER (
               PARTITION BY move.part_id ORDER BY move.number DESC),
           move.to_state, move.from_state, move.payer, move.amount_cents, p_at, p_actor, p_reason,
           move.decision_ref, p_reversals
    FROM domains.payer_move AS move
    CROSS JOIN LATERAL (
        SELECT max(later.number) AS number FROM domains.payer_move AS later
        WHERE later.gemeente = p_gemeente AND later.part_id = move.part_id) AS last
    WHERE move.gemeente = p_gemeente AND move.entries && p_entries AND move.from_state <> ''
$$
---
-- A netting run: what funds owe each other over a period, one entry per pair of funds.
CREATE TABLE domains.netting_run (
    gemeente      text        NOT NULL,
    run_id        uuid        NOT NULL,
    from_date     date        NOT NULL,
    until_date    date        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_netting_run PRIMARY KEY (gemeente, run_id),
    CONSTRAINT ck_netting_run_days CHECK (from_date < until_date)
)
---
-- Which entry of a netting run settled which entry between two funds.
CREATE TABLE domains.netting_item (
    gemeente  text NOT NULL,
    run_id    uuid NOT NULL,
    settled   uuid NOT NULL,
    entry_id  uuid NOT NULL,
    CONSTRAINT pk_netting_item PRIMARY KEY (gemeente, run_id, settled),
    CONSTRAINT fk_netting_item_run FOREIGN KEY (gemeente, run_id)
        REFERENCES domains.netting_run (gemeente, run_id)
)
---
CREATE INDEX ix_netting_item_settled ON domains.netting_item (gemeente, settled)
---
-- What a netting run cleared, is paid: each acceptance that its settled entries stand for.
CREATE FUNCTION domains.settle_netted(
    p_gemeente text, p_run_id uuid, p_at timestamptz, p_actor text
) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO domains.payer_move (gemeente, part_id, number, from_state, to_state, payer,
        amount_cents, at, actor, reason, decision_ref, entries)
    SELECT p_gemeente, move.part_id, last.number + row_number() OVER (
               PARTITION BY move.part_id ORDER BY move.number),
           'aanvaard', 'verrekend', move.payer, move.amount_cents, p_at, p_actor, '', '',
           ARRAY[cleared.entry_id]
    FROM domains.netting_item AS cleared
    JOIN domains.payer_move AS move ON move.gemeente = cleared.gemeente
        AND move.to_state = 'aanvaard' AND move.entries @> ARRAY[cleared.settled]
    CROSS JOIN LATERAL (
        SELECT max(later.number) AS number FROM domains.payer_move AS later
        WHERE later.gemeente = p_gemeente AND later.part_id = move.part_id) AS last
    WHERE cleared.gemeente = p_gemeente AND cleared.run_id = p_run_id
$$
---
REVOKE ALL ON FUNCTION domains.refuse_overdrawn_item FROM PUBLIC
---
GRANT SELECT ON domains.payer_standing TO ontschot_app
---
GRANT SELECT, INSERT ON domains.netting_run, domains.netting_item TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['netting_run', 'netting_item'] LOOP
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
