-- What a provider may deliver to a person (toewijzing), as it was given out in a 301 or came in by
-- one; the latest version counts. It stands on a draw that reserves, on one of its lines or (line
-- 0) on a draw without lines.
CREATE TABLE domains.allocation (
    gemeente            text        NOT NULL,
    message_law         text        NOT NULL CHECK (message_law IN ('jw', 'wmo')),
    number              integer     NOT NULL CHECK (number BETWEEN 0 AND 999999999),
    version             integer     NOT NULL CHECK (version > 0),
    allocation_id       uuid        NOT NULL,
    draw_id             uuid        NOT NULL,
    line                integer     NOT NULL CHECK (line >= 0),
    person_id           uuid        NOT NULL,
    provider            text        NOT NULL,
    product_category    text        NOT NULL,
    product_code        text        NOT NULL,
    unit                text        NOT NULL,
    volume              integer     CHECK (volume >= 0),
    frequency           text        NOT NULL CHECK (frequency IN ('', '1', '2', '4', '6')),
    budget_cents        bigint      CHECK (budget_cents >= 0),
    tariff_e4           bigint,
    rounding            text        NOT NULL,
    from_date           date        NOT NULL,
    until_date          date        CHECK (until_date > from_date),
    change_reason       text        NOT NULL,
    provider_reference  text        NOT NULL,
    recorded_at         timestamptz NOT NULL,
    actor               text        NOT NULL,
    CONSTRAINT pk_allocation PRIMARY KEY (gemeente, message_law, number, version),
    CONSTRAINT uq_allocation_id UNIQUE (gemeente, allocation_id),
    CONSTRAINT ck_allocation_volume CHECK ((volume IS NULL) = (frequency = '')),
    CONSTRAINT fk_allocation_draw FOREIGN KEY (gemeente, draw_id)
        REFERENCES domains.draw (gemeente, draw_id)
)
---
CREATE INDEX ix_allocation_draw ON domains.allocation (draw_id, gemeente)
---
-- A message that came in. content_mark tells the same file again, and only by the key of the
-- persons: a file may hold a BSN. return_codes are what is said of a declaration as a whole; then
-- none of its lines was looked at.
CREATE TABLE domains.message (
    gemeente         text        NOT NULL,
    message_id       uuid        NOT NULL,
    message_law      text        NOT NULL CHECK (message_law IN ('jw', 'wmo')),
    kind             text        NOT NULL,
    provider         text        NOT NULL,
    identification   text        NOT NULL,
    dated            date        NOT NULL,
    basic_version    text        NOT NULL,
    version          text        NOT NULL,
    declaration      text        NOT NULL,
    from_date        date,
    until_date       date,
    declared_on      date,
    content_mark     bytea       NOT NULL,
    line_count       integer     NOT NULL,
    total_cents      bigint      NOT NULL,
    return_codes     text[]      NOT NULL,
    received_on      date        NOT NULL,
    recorded_at      timestamptz NOT NULL,
    actor            text        NOT NULL,
    CONSTRAINT pk_message PRIMARY KEY (gemeente, message_id),
    CONSTRAINT uq_message_content UNIQUE (gemeente, provider, content_mark)
)
---
CREATE UNIQUE INDEX uq_message_declaration
    ON domains.message (gemeente, message_law, provider, declaration)
    WHERE kind = '323' AND return_codes = '{}'
---
-- What became of each line of a declaration, in order; a line that waited and was looked at
-- again has a next attempt. amount_cents is below zero for credit.
CREATE TABLE domains.declared_line (
    gemeente          text        NOT NULL,
    message_id        uuid        NOT NULL,
    number            integer     NOT NULL CHECK (number > 0),
    attempt           integer     NOT NULL CHECK (attempt > 0),
    message_law       text        NOT NULL,
    provider          text        NOT NULL,
    person_id         uuid        NOT NULL,
    reference         text        NOT NULL,
    previous          text        NOT NULL,
    allocation        integer     NOT NULL,
    product_category  text        NOT NULL,
    product_code      text        NOT NULL,
    from_date         date        NOT NULL,
    until_date        date        NOT NULL,
    volume            integer     NOT NULL,
    unit              text        NOT NULL,
    tariff_cents      integer,
    amount_cents      bigint      NOT NULL,
    is_credit         boolean     NOT NULL,
    outcome           text        NOT NULL
        CHECK (outcome IN ('toegekend', 'afgewezen', 'wacht')),
    return_codes      text[]      NOT NULL,
    delivery_id       uuid,
    entries           uuid[]      NOT NULL,
    recorded_at       timestamptz NOT NULL,
    CONSTRAINT pk_declared_line PRIMARY KEY (gemeente, message_id, number, attempt),
    CONSTRAINT ck_declared_line_codes
        CHECK ((outcome = 'toegekend') = (return_codes = '{}')
            AND (outcome = 'toegekend' OR entries = '{}')),
    CONSTRAINT ck_declared_line_sign
        CHECK (CASE WHEN is_credit THEN amount_cents <= 0 ELSE amount_cents >= 0 END),
    CONSTRAINT fk_declared_line_message FOREIGN KEY (gemeente, message_id)
        REFERENCES domains.message (gemeente, message_id)
)
---
CREATE INDEX ix_declared_line_reference
    ON domains.declared_line (reference, provider, message_law, gemeente)
---
CREATE INDEX ix_declared_line_previous
    ON domains.declared_line (previous, provider, message_law, gemeente) WHERE is_credit
---
CREATE INDEX ix_declared_line_allocation
    ON domains.declared_line (allocation, message_law, gemeente) WHERE outcome = 'toegekend'
---
-- What a provider told or asked in a 305, 307, 315 or 317, product by product.
CREATE TABLE domains.provider_notice (
    gemeente            text        NOT NULL,
    notice_id           uuid        NOT NULL,
    message_id          uuid        NOT NULL,
    kind                text        NOT NULL
        CHECK (kind IN ('toewijzing', 'start', 'stop', 'verzoek', 'verzoek-wijziging')),
    person_id           uuid        NOT NULL,
    allocation          integer,
    draw_id             uuid,
    provider_reference  text        NOT NULL,
    from_date           date        NOT NULL,
    until_date          date,
    reason              text        NOT NULL,
    delivery_status     text        NOT NULL,
    wanted              json        NOT NULL,
    recorded_at         timestamptz NOT NULL,
    CONSTRAINT pk_provider_notice PRIMARY KEY (gemeente, notice_id),
    CONSTRAINT fk_provider_notice_message FOREIGN KEY (gemeente, message_id)
        REFERENCES domains.message (gemeente, message_id)
)
---
CREATE INDEX ix_provider_notice_draw ON domains.provider_notice (draw_id, gemeente)
---
-- The answer to a request (319): a no with its reason, or not yet.
CREATE TABLE domains.notice_reply (
    gemeente     text        NOT NULL,
    reply_id     uuid        NOT NULL,
    message_id   uuid        NOT NULL,
    answer       text        NOT NULL CHECK (answer IN ('1', '2')),
    reason       text        NOT NULL,
    replied_on   date        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_notice_reply PRIMARY KEY (gemeente, reply_id),
    CONSTRAINT ck_notice_reply_reason CHECK ((answer = '1') = (reason <> '')),
    CONSTRAINT fk_notice_reply_message FOREIGN KEY (gemeente, message_id)
        REFERENCES domains.message (gemeente, message_id)
)
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['allocation', 'message', 'declared_line',
        'provider_notice', 'notice_reply'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON domains.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
---
-- What a list of deliveries needs of its draws, under the same turns as draw_dossier takes: far less
-- than a decision needs, so that a declaration of many lines is read in a moment.
CREATE FUNCTION domains.delivery_dossier(
    p_gemeente text, p_turn_of_rules text, p_draws uuid[], p_today date
) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    v_turns text[];
    v_taken text[] := '{}';
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    IF current_setting('ontschot.teams', true) IS DISTINCT FROM '*' THEN
        p_draws := ARRAY(SELECT id FROM unnest(p_draws) AS id
                         WHERE domains.sees_draw(p_gemeente, id));
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_turn_of_rules, 0));
    LOOP
        SELECT coalesce(array_agg(turn.of ORDER BY turn.of COLLATE "C"), '{}') INTO v_turns FROM (
            SELECT budget.family_id::text FROM domains.draw AS draw
            JOIN domains.family_budget AS budget USING (gemeente, family_budget_id)
            WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws) UNION
            SELECT member.family_id::text FROM domains.draw AS draw
            CROSS JOIN unnest(draw.persons) AS person
            JOIN domains.member AS member
              ON member.gemeente = draw.gemeente AND member.person_id = person
            WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws) UNION
            SELECT part.gezin::text FROM domains.part AS part
            WHERE part.gemeente = p_gemeente AND part.draw_id = ANY (p_draws)
        ) AS turn (of);
        EXIT WHEN v_turns <@ v_taken;
        PERFORM pg_advisory_xact_lock(hashtextextended(turn, 0)) FROM unnest(v_turns) AS turn;
        v_taken := v_turns;
    END LOOP;
    RETURN jsonb_build_object(
        'rules', (
            SELECT md5(string_agg(rule::text, '' ORDER BY rule_id, gemeente, version))
            FROM domains.rule AS rule WHERE gemeente IN ('', p_gemeente)),
        'settings', domains.settings_on(p_gemeente, p_today),
        'draws', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'draw', draw.draw_id, 'payment', draw.payment, 'from_date', draw.from_date,
                'until_date', latest.until_date)), '[]')
            FROM domains.draw AS draw
            CROSS JOIN LATERAL (
                SELECT decision.until_date FROM domains.draw_decision AS decision
                WHERE decision.gemeente = draw.gemeente AND decision.draw_id = draw.draw_id
                ORDER BY decision.number DESC LIMIT 1
            ) AS latest
            WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws)));
END
$$
---
REVOKE ALL ON FUNCTION domains.delivery_dossier FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION domains.delivery_dossier TO ontschot_app
