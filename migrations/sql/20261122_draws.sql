-- What was asked from a family budget. What was answered stands in draw_decision; help_key tells
-- the same help apart from other help, so that it is never granted twice for the same days (E36).
CREATE TABLE domains.draw (
    gemeente          text        NOT NULL,
    draw_id           uuid        NOT NULL,
    family_budget_id  uuid        NOT NULL,
    persons           uuid[]      NOT NULL,
    kind              text        NOT NULL,
    help_key          text        NOT NULL,
    from_date         date        NOT NULL,
    until_date        date        NOT NULL,
    amount_cents      bigint      NOT NULL,
    payment           text        NOT NULL CHECK (payment IN ('ineens', 'verplichting')),
    provider          text        NOT NULL,
    description       text        NOT NULL,
    urgent            boolean     NOT NULL,
    asked_at          timestamptz NOT NULL,
    actor             text        NOT NULL,
    request           json        NOT NULL,
    CONSTRAINT pk_draw PRIMARY KEY (gemeente, draw_id),
    CONSTRAINT fk_draw_family_budget FOREIGN KEY (gemeente, family_budget_id)
        REFERENCES domains.family_budget (gemeente, family_budget_id)
)
---
-- Ids first: to a lookup by gemeente and another id, an index that begins with gemeente looks as
-- good as the primary key as long as there are no statistics, and reads the whole municipality.
CREATE INDEX ix_draw_family_budget ON domains.draw (family_budget_id, gemeente)
---
CREATE INDEX ix_draw_persons ON domains.draw USING gin (persons)
---
-- Every decision on a draw, with its whole record as the very text whose SHA-256 stands in the
-- entries (json, not jsonb). The latest number is the state of the draw. Help stands from the first
-- day of the draw up to until_date: on no day at all where it was refused. granted_cents is what
-- all decisions up to this one granted together. Who has to judge yet, and before which day, stands
-- in approval_by and approve_before. booking_date is the day of its entries, also where there are
-- none yet: what builds on it is not booked before that day.
CREATE TABLE domains.draw_decision (
    gemeente        text        NOT NULL,
    draw_id         uuid        NOT NULL,
    number          integer     NOT NULL CHECK (number > 0),
    occasion        text        NOT NULL CHECK (occasion IN (
        'aanvraag', 'beoordeling', 'verloop', 'herdekking', 'verhoging', 'vrijval', 'stop')),
    outcome         text        NOT NULL CHECK (outcome IN (
        'toegekend', 'toegekend-met-openstaande-betaler', 'wacht-op-akkoord', 'afgekeurd',
        'geweigerd', 'gestopt')),
    refusal         text        NOT NULL,
    until_date      date        NOT NULL,
    granted_cents   bigint      NOT NULL CHECK (granted_cents >= 0),
    approval_by     text        NOT NULL,
    approve_before  date,
    record          json        NOT NULL,
    decided_at      timestamptz NOT NULL,
    actor           text        NOT NULL,
    entries         uuid[]      NOT NULL,
    booking_date    date        NOT NULL,
    CONSTRAINT pk_draw_decision PRIMARY KEY (gemeente, draw_id, number),
    CONSTRAINT ck_draw_decision_approval CHECK ((approval_by = '') = (approve_before IS NULL)),
    CONSTRAINT fk_draw_decision_draw FOREIGN KEY (gemeente, draw_id)
        REFERENCES domains.draw (gemeente, draw_id)
)
---
CREATE INDEX ix_draw_decision_approve_before ON domains.draw_decision (gemeente, approve_before)
    WHERE approve_before IS NOT NULL
---
-- One fund pays these days from one place for one person (dekkingsperiode). What it pays is the sum
-- of its moves. gezin and wijk are those of the accounts that it stands on. ahead: it is short only
-- because its year has no budget yet (vooruit).
CREATE TABLE domains.part (
    gemeente         text    NOT NULL,
    part_id          uuid    NOT NULL,
    draw_id          uuid    NOT NULL,
    decision_number  integer NOT NULL,
    person_id        uuid    NOT NULL,
    line             integer NOT NULL CHECK (line >= 0),
    from_date        date    NOT NULL,
    until_date       date    NOT NULL,
    fund             text    NOT NULL,
    place            text    NOT NULL CHECK (place IN (
        'gezin', 'wijk', 'complex', 'vrij', 'tekort')),
    wijk             text    NOT NULL,
    gezin            uuid    NOT NULL,
    standing         text    NOT NULL CHECK (standing IN (
        'eigen', 'bundeling', 'voorfinanciering', 'tekort')),
    provisional      boolean NOT NULL,
    payer            text    NOT NULL,
    rule             text    NOT NULL,
    taakveld         text    NOT NULL,
    category         text    NOT NULL,
    cost_account     text    NOT NULL,
    to_be_shown      text[]  NOT NULL,
    stands_in_for    text    NOT NULL,
    ahead            boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_part PRIMARY KEY (gemeente, part_id),
    CONSTRAINT ck_part_days CHECK (from_date < until_date),
    CONSTRAINT ck_part_payer CHECK ((payer <> '') = (standing = 'voorfinanciering')),
    CONSTRAINT fk_part_decision FOREIGN KEY (gemeente, draw_id, decision_number)
        REFERENCES domains.draw_decision (gemeente, draw_id, number)
)
---
CREATE INDEX ix_part_draw ON domains.part (draw_id, gemeente)
---
CREATE INDEX ix_part_person ON domains.part (person_id, until_date, gemeente)
---
-- What each entry in BUDGET did to each part: the subsidiary ledger of reserved and spent. A key to
-- domains.part would cost a look-up per row, half of all that a list of draws takes to write; the
-- check of the decisions compares every move with its part and its entry.
CREATE TABLE domains.part_move (
    gemeente        text   NOT NULL,
    part_id         uuid   NOT NULL,
    entry_id        uuid   NOT NULL,
    kind            text   NOT NULL CHECK (kind IN ('toegekend', 'geleverd', 'vrijgevallen',
        'herdekt', 'verplaatst', 'verrekend', 'teruggeboekt')),
    reserved_cents  bigint NOT NULL,
    spent_cents     bigint NOT NULL,
    CONSTRAINT pk_part_move PRIMARY KEY (gemeente, part_id, entry_id),
    CONSTRAINT ck_part_move_amount CHECK (reserved_cents <> 0 OR spent_cents <> 0)
)
---
CREATE INDEX ix_part_move_entry ON domains.part_move (entry_id, gemeente)
---
-- On which day a draw was last asked, granted, raised, released or stopped in the books, by then.
-- Who pays changes with the money, and nothing that becomes of help may hang on that.
CREATE FUNCTION domains.decided_on(p_gemeente text, p_draw uuid, p_number integer) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(decision.booking_date) FROM domains.draw_decision AS decision
    WHERE decision.gemeente = p_gemeente AND decision.draw_id = p_draw
      AND decision.number <= p_number AND decision.occasion <> 'herdekking'
$$
---
-- A part with what it still reserves and what it spent, and the day on which its help was granted.
CREATE VIEW domains.standing_part WITH (security_invoker = true) AS
SELECT part.*, coalesce(moved.reserved_cents, 0) AS reserved_cents,
       coalesce(moved.spent_cents, 0) AS spent_cents,
       domains.decided_on(part.gemeente, part.draw_id, part.decision_number) AS booking_date
FROM domains.part AS part
CROSS JOIN LATERAL (
    SELECT sum(move.reserved_cents)::bigint AS reserved_cents,
           sum(move.spent_cents)::bigint AS spent_cents
    FROM domains.part_move AS move
    WHERE move.gemeente = part.gemeente AND move.part_id = part.part_id
) AS moved
---
-- An advance that waits for its final payer (openstaande betaler): a part with an owner and a day.
CREATE TABLE domains.payer_item (
    gemeente   text        NOT NULL,
    part_id    uuid        NOT NULL,
    owner      text        NOT NULL,
    deadline   date        NOT NULL,
    opened_at  timestamptz NOT NULL,
    CONSTRAINT pk_payer_item PRIMARY KEY (gemeente, part_id),
    CONSTRAINT fk_payer_item_part FOREIGN KEY (gemeente, part_id)
        REFERENCES domains.part (gemeente, part_id)
)
---
-- Amounts of an item that went from one state to another for a payer; '' is outside the item. What
-- stands in a state is what went in less what went out. step_id is what somebody did to the item
-- itself; nothing where it follows its draw. Then booking_date is the day of the step: of a claim the
-- day on which the payer was asked.
CREATE TABLE domains.payer_move (
    gemeente      text        NOT NULL,
    part_id       uuid        NOT NULL,
    number        integer     NOT NULL CHECK (number > 0),
    from_state    text        NOT NULL,
    to_state      text        NOT NULL,
    payer         text        NOT NULL CHECK (payer <> ''),
    amount_cents  bigint      NOT NULL CHECK (amount_cents > 0),
    at            timestamptz NOT NULL,
    actor         text        NOT NULL,
    reason        text        NOT NULL,
    decision_ref  text        NOT NULL,
    entries       uuid[]      NOT NULL,
    step_id       uuid,
    booking_date  date,
    CONSTRAINT pk_payer_move PRIMARY KEY (gemeente, part_id, number),
    -- What is reversed goes back the way it came, also out of a state that is final.
    CONSTRAINT ck_payer_move_states CHECK (from_state <> to_state
        AND from_state IN ('', 'open', 'geclaimd', 'aanvaard', 'betwist', 'verrekend', 'afgeboekt',
                           'blijft', 'vervallen')
        AND to_state IN ('open', 'geclaimd', 'aanvaard', 'betwist', 'verrekend', 'afgeboekt',
                         'blijft', 'vervallen')),
    CONSTRAINT fk_payer_move_item FOREIGN KEY (gemeente, part_id)
        REFERENCES domains.payer_item (gemeente, part_id)
)
---
-- Whether all these entries are undone: reversed, and that reversal not reversed in its turn.
CREATE FUNCTION domains.is_reversed(p_gemeente text, p_entries uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Most were never reversed: one look tells, and nothing is followed.
    IF NOT EXISTS (
        SELECT 1 FROM ledger.entry AS later
        WHERE later.gemeente = p_gemeente AND later.reverses = ANY (p_entries)
    ) THEN
        RETURN false;
    END IF;
    RETURN (
        WITH RECURSIVE turn AS (
            SELECT entry AS first, entry AS last, 0 AS number FROM unnest(p_entries) AS entry
            UNION ALL
            SELECT turn.first, later.entry_id, turn.number + 1
            FROM turn JOIN ledger.entry AS later
              ON later.gemeente = p_gemeente AND later.reverses = turn.last
        ), outcome AS (
            SELECT max(turn.number) AS turns FROM turn GROUP BY turn.first
        )
        SELECT bool_and(outcome.turns % 2 = 1) FROM outcome);
END
$$
---
-- A draw as its latest decision left it. stands_until is the day up to which the help stands: its
-- first day where it does not stand, also where all its entries were reversed.
CREATE VIEW domains.standing_draw WITH (security_invoker = true) AS
SELECT draw.*, latest.number, latest.occasion, latest.outcome, latest.refusal,
       latest.granted_cents, latest.approval_by, latest.approve_before, latest.decided_at,
       latest.actor AS decided_by, booked.entries, reversed.is_reversed,
       CASE WHEN reversed.is_reversed THEN draw.from_date ELSE latest.until_date
       END AS stands_until
FROM domains.draw AS draw
CROSS JOIN LATERAL (
    SELECT decision.* FROM domains.draw_decision AS decision
    WHERE decision.gemeente = draw.gemeente AND decision.draw_id = draw.draw_id
    ORDER BY decision.number DESC LIMIT 1
) AS latest
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(entry ORDER BY decision.number, place), '{}') AS entries
    FROM domains.draw_decision AS decision
    CROSS JOIN unnest(decision.entries) WITH ORDINALITY AS booked (entry, place)
    WHERE decision.gemeente = draw.gemeente AND decision.draw_id = draw.draw_id
) AS booked
CROSS JOIN LATERAL (
    -- Looked up once, however often it is named.
    SELECT domains.is_reversed(draw.gemeente, booked.entries) AS is_reversed OFFSET 0
) AS reversed
---
-- The same help is granted once for the same person and days; what was reversed does not count.
CREATE FUNCTION domains.refuse_same_help() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
BEGIN
    -- Two at one moment take turns, also when whoever writes them forgets to.
    PERFORM pg_advisory_xact_lock(hashtextextended(wanted.turn, 0)) FROM (
        SELECT DISTINCT concat_ws(' ', 'trekking', draw.gemeente, person, draw.help_key) AS turn
        FROM added JOIN domains.draw AS draw USING (gemeente, draw_id)
        CROSS JOIN unnest(draw.persons) AS person
        WHERE draw.from_date < added.until_date ORDER BY 1
    ) AS wanted;
    IF EXISTS (
        SELECT 1 FROM added
        CROSS JOIN LATERAL (
            SELECT draw.* FROM domains.draw AS draw
            WHERE draw.gemeente = added.gemeente AND draw.draw_id = added.draw_id OFFSET 0
        ) AS own
        CROSS JOIN LATERAL (
            -- By person first, or it would look at all draws of the municipality.
            SELECT draw.* FROM domains.draw AS draw WHERE draw.persons && own.persons OFFSET 0
        ) AS other
        CROSS JOIN LATERAL (
            SELECT known.stands_until FROM domains.standing_draw AS known
            WHERE known.gemeente = other.gemeente AND known.draw_id = other.draw_id OFFSET 0
        ) AS known
        WHERE other.gemeente = own.gemeente AND other.help_key = own.help_key
          AND other.draw_id <> own.draw_id AND own.from_date < added.until_date
          AND other.from_date < added.until_date AND own.from_date < known.stands_until
          -- What was refused stands on no day at all.
          AND other.from_date < known.stands_until
    ) THEN
        RAISE EXCEPTION 'Deze hulp is op deze dagen al toegekend (draw_same_help).'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'draw_same_help';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER draw_same_help AFTER INSERT ON domains.draw_decision
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION domains.refuse_same_help()
---
-- No part reserves or spent less than nothing. Moves of one draw take turns here too.
CREATE FUNCTION domains.refuse_overdrawn_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM added WHERE added.reserved_cents < 0 OR added.spent_cents < 0) THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM (SELECT DISTINCT gemeente, part_id FROM added ORDER BY 1, 2) AS touched
    CROSS JOIN LATERAL (
        SELECT 1 FROM domains.part AS part
        WHERE part.gemeente = touched.gemeente AND part.part_id = touched.part_id
        FOR NO KEY UPDATE
    ) AS held;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT gemeente, part_id FROM added) AS touched
        CROSS JOIN LATERAL (
            SELECT sum(move.reserved_cents) AS reserved, sum(move.spent_cents) AS spent
            FROM domains.part_move AS move
            WHERE move.gemeente = touched.gemeente AND move.part_id = touched.part_id OFFSET 0
        ) AS stands
        WHERE stands.reserved < 0 OR stands.spent < 0
    ) THEN
        RAISE EXCEPTION 'Een dekkingsperiode komt onder nul (part_floor).'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'part_floor';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER part_floor AFTER INSERT ON domains.part_move
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION domains.refuse_overdrawn_part()
---
REVOKE ALL ON FUNCTION domains.refuse_same_help, domains.refuse_overdrawn_part FROM PUBLIC
---
GRANT SELECT, INSERT ON domains.draw, domains.draw_decision, domains.part, domains.part_move,
    domains.payer_item, domains.payer_move TO ontschot_app
---
GRANT SELECT ON domains.standing_part, domains.standing_draw TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'draw', 'draw_decision', 'part', 'part_move', 'payer_item', 'payer_move'] LOOP
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
---
-- Wait until nobody is busy with this key, then look whether it was answered before.
CREATE FUNCTION domains.claim_key(
    p_turn text, p_gemeente text, p_client text, p_key text,
    OUT fingerprint bytea, OUT results uuid[]
) RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_turn, 0));
    RETURN QUERY SELECT request.fingerprint, request.results FROM ledger.request AS request
    WHERE request.gemeente = p_gemeente AND request.client = p_client AND request.key = p_key;
END
$$
---
-- What a draw gave back of what it was granted.
CREATE FUNCTION domains.released_cents(p_gemeente text, p_draw uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(-sum(move.reserved_cents + move.spent_cents), 0)::bigint
    FROM domains.part AS part JOIN domains.part_move AS move USING (gemeente, part_id)
    WHERE part.gemeente = p_gemeente AND part.draw_id = p_draw AND move.kind = 'vrijgevallen'
$$
---
-- The first year of which a day may still be booked; NULL: none.
CREATE FUNCTION domains.oldest_open_year(p_gemeente text, p_today date) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT extract(year FROM min(edge.day))::integer FROM (
        SELECT CASE WHEN is_open THEN from_date ELSE until_date END AS day
        FROM ledger.period_change WHERE gemeente = p_gemeente) AS edge
    WHERE (
        SELECT change.is_open AND coalesce(
            p_today <= (change.open_until AT TIME ZONE 'Europe/Amsterdam')::date, true)
        FROM ledger.period_change AS change
        WHERE change.gemeente = p_gemeente AND change.from_date <= edge.day
          AND edge.day < change.until_date
        ORDER BY change.chain_number DESC LIMIT 1)
$$
---
-- Everything that a decision on draws needs apart from balances, read in one call under the turns
-- of the rules and of the families: those whose budgets are drawn on, those of the persons of the
-- draws, and those on whose accounts parts of the draws stand or stood, for whoever changes families
-- takes his help along. Each statement
-- sees what was committed while it waited; a part that moved meanwhile brings another turn.
CREATE FUNCTION domains.draw_dossier(
    p_gemeente text, p_turn_of_rules text, p_budgets uuid[], p_draws uuid[], p_persons uuid[],
    p_today date
) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
    v_budgets uuid[];
    v_persons uuid[];
    v_families uuid[];
    v_turns text[];
    v_taken text[] := '{}';
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    -- The owner is not held back by policies, so this looks whose these are.
    IF current_setting('ontschot.teams', true) IS DISTINCT FROM '*' THEN
        p_budgets := ARRAY(SELECT id FROM unnest(p_budgets) AS id
                           WHERE domains.sees_budget(p_gemeente, id));
        p_draws := ARRAY(SELECT id FROM unnest(p_draws) AS id
                         WHERE domains.sees_draw(p_gemeente, id));
        -- Also of whoever left: help from before that is decided with all that he was given.
        p_persons := ARRAY(SELECT id FROM unnest(p_persons) AS id WHERE EXISTS (
            SELECT 1 FROM domains.member AS stay
            WHERE stay.gemeente = p_gemeente AND stay.person_id = id
              AND domains.sees_family(p_gemeente, stay.family_id)));
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_turn_of_rules, 0));
    SELECT array_agg(DISTINCT found.id) INTO v_budgets FROM (
        SELECT unnest(p_budgets) UNION
        SELECT draw.family_budget_id FROM domains.draw AS draw
        WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws)
    ) AS found (id);
    SELECT array_agg(DISTINCT found.id) INTO v_persons FROM (
        SELECT unnest(p_persons) UNION
        SELECT unnest(draw.persons) FROM domains.draw AS draw
        WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws)
    ) AS found (id);
    LOOP
        SELECT array_agg(found.id) INTO v_families FROM (
            SELECT budget.family_id FROM domains.family_budget AS budget
            WHERE budget.gemeente = p_gemeente AND budget.family_budget_id = ANY (v_budgets) UNION
            SELECT member.family_id FROM domains.member AS member
            WHERE member.gemeente = p_gemeente AND member.person_id IN (
                SELECT unnest(draw.persons) FROM domains.draw AS draw
                WHERE draw.gemeente = p_gemeente AND draw.draw_id = ANY (p_draws))
        ) AS found (id);
        SELECT coalesce(array_agg(turn.of ORDER BY turn.of COLLATE "C"), '{}') INTO v_turns FROM (
            SELECT family::text FROM unnest(v_families) AS family UNION
            SELECT part.gezin::text FROM domains.part AS part
            WHERE part.gemeente = p_gemeente AND part.draw_id = ANY (p_draws)
        ) AS turn (of);
        EXIT WHEN v_turns <@ v_taken;
        PERFORM pg_advisory_xact_lock(hashtextextended(turn, 0)) FROM unnest(v_turns) AS turn;
        v_taken := v_turns;
    END LOOP;
    RETURN (WITH known AS MATERIALIZED (
        SELECT drawn.* FROM domains.standing_draw AS drawn
        WHERE drawn.gemeente = p_gemeente
          AND (drawn.family_budget_id = ANY (v_budgets) OR drawn.persons && v_persons)
    ) SELECT jsonb_build_object(
        'rules', (
            SELECT md5(string_agg(rule::text, '' ORDER BY rule_id, gemeente, version))
            FROM domains.rule AS rule WHERE gemeente IN ('', p_gemeente)),
        'settings', domains.settings_on(p_gemeente, p_today),
        'oldest_open_year', domains.oldest_open_year(p_gemeente, p_today),
        'funds', (
            SELECT coalesce(jsonb_agg(fund ORDER BY fund), '[]') FROM domains.fund AS known
            WHERE known.gemeente = p_gemeente),
        'budgets', (
            SELECT coalesce(jsonb_object_agg(budget.family_budget_id, jsonb_build_object(
                'family', budget.family_id, 'year', budget.year,
                'granted_cents', coalesce(drawn.granted_cents, 0))), '{}')
            FROM domains.family_budget AS budget
            LEFT JOIN (
                -- Most were decided once, and gave nothing back.
                SELECT known.family_budget_id, sum(known.granted_cents - CASE known.number WHEN 1
                    THEN 0 ELSE domains.released_cents(p_gemeente, known.draw_id) END
                ) AS granted_cents
                FROM known WHERE NOT known.is_reversed GROUP BY known.family_budget_id
            ) AS drawn USING (family_budget_id)
            WHERE budget.gemeente = p_gemeente AND budget.family_budget_id = ANY (v_budgets)),
        'families', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', family.family_id, 'family_type', family.family_type,
                'registered_team', family.team,
                'is_complex', family.is_complex, 'opened_on', family.opened_on,
                'residences', (
                    SELECT jsonb_agg(jsonb_build_object(
                        'from_date', lived.from_date, 'district', lived.district)
                        ORDER BY lived.from_date)
                    FROM domains.family_district AS lived
                    WHERE lived.gemeente = p_gemeente AND lived.family_id = family.family_id),
                'leads', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'professional', lead.professional, 'team', lead.team,
                        'from_date', lead.from_date, 'until_date', lead.until_date)
                        ORDER BY lead.from_date), '[]')
                    FROM domains.lead_professional AS lead
                    WHERE lead.gemeente = p_gemeente AND lead.family_id = family.family_id),
                'members', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'person', member.person_id, 'birth_date', member.birth_date,
                        'from_date', member.from_date, 'until_date', member.until_date)
                        ORDER BY member.birth_date, member.person_id), '[]')
                    FROM domains.member AS member
                    WHERE member.gemeente = p_gemeente
                      AND member.family_id = family.family_id))), '[]')
            FROM domains.family AS family
            WHERE family.gemeente = p_gemeente AND family.family_id = ANY (v_families)),
        'earlier', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'draw', known.draw_id, 'persons', known.persons, 'kind', known.kind,
                'provider', known.provider, 'help_key', known.help_key,
                'from_date', known.from_date, 'until_date', known.stands_until)), '[]')
            FROM known
            WHERE known.persons && v_persons AND known.from_date < known.stands_until),
        'draws', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', asked.draw_id, 'request', asked.request, 'asked_by', asked.actor,
                'number', asked.number, 'decision', decided.record::jsonb -> 'decision',
                'released_cents', domains.released_cents(p_gemeente, asked.draw_id),
                'booking_date', domains.decided_on(p_gemeente, asked.draw_id, asked.number),
                'raised', (
                    SELECT asking.record::jsonb -> 'raised'
                    FROM domains.draw_decision AS asking
                    WHERE asking.gemeente = p_gemeente AND asking.draw_id = asked.draw_id
                      AND asking.occasion = 'verhoging'
                    ORDER BY asking.number DESC LIMIT 1))), '[]')
            FROM domains.standing_draw AS asked
            JOIN domains.draw_decision AS decided
              ON decided.gemeente = asked.gemeente AND decided.draw_id = asked.draw_id
             AND decided.number = asked.number
            WHERE asked.gemeente = p_gemeente AND asked.draw_id = ANY (p_draws))));
END
$$
---
-- Write what was asked, decided, covered and moved, in this order; see record_rows in the program.
CREATE FUNCTION domains.record_draws(p_gemeente text, p_rows jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO domains.draw
    SELECT p_gemeente, given.* FROM jsonb_to_recordset(p_rows -> 'draws') AS given (
        draw_id uuid, family_budget_id uuid, persons uuid[], kind text, help_key text,
        from_date date, until_date date, amount_cents bigint, payment text, provider text,
        description text, urgent boolean, asked_at timestamptz, actor text, request json);
    INSERT INTO domains.draw_decision (gemeente, draw_id, number, occasion, outcome, refusal,
        until_date, granted_cents, approval_by, approve_before, record, decided_at, actor, entries,
        booking_date)
    SELECT p_gemeente, given.draw_id, given.number, given.occasion, given.outcome, given.refusal,
           given.until_date, given.granted_cents, given.approval_by, given.approve_before,
           given.record::json, given.decided_at, given.actor, given.entries, given.booking_date
    FROM jsonb_to_recordset(p_rows -> 'decisions') AS given (
        draw_id uuid, number integer, occasion text, outcome text, refusal text, until_date date,
        granted_cents bigint, approval_by text, approve_before date, record text,
        decided_at timestamptz, actor text, entries uuid[], booking_date date);
    INSERT INTO domains.fund
    SELECT DISTINCT p_gemeente, given.fund, 'TEKORT', right(given.fund, 4)::integer
    FROM jsonb_to_recordset(p_rows -> 'parts') AS given (fund text, place text)
    WHERE given.place = 'tekort' ORDER BY given.fund ON CONFLICT DO NOTHING;
    INSERT INTO domains.part
    SELECT p_gemeente, given.* FROM jsonb_to_recordset(p_rows -> 'parts') AS given (
        part_id uuid, draw_id uuid, decision_number integer, person_id uuid, line integer,
        from_date date, until_date date, fund text, place text, wijk text, gezin uuid,
        standing text, provisional boolean, payer text, rule text, taakveld text, category text,
        cost_account text, to_be_shown text[], stands_in_for text, ahead boolean);
    INSERT INTO domains.draw_line
    SELECT p_gemeente, given.* FROM jsonb_to_recordset(p_rows -> 'lines') AS given (
        draw_id uuid, line integer, decision_number integer, product_category text,
        product_code text, unit text, volume_e4 bigint, tariff_e4 bigint, rounding text,
        tariff_version integer, purchase_scale text, signal text, from_date date,
        until_date date, amount_cents bigint);
    INSERT INTO domains.part_move
    SELECT p_gemeente, given.* FROM jsonb_to_recordset(p_rows -> 'moves') AS given (
        part_id uuid, entry_id uuid, kind text, reserved_cents bigint, spent_cents bigint);
    INSERT INTO domains.payer_item
    SELECT p_gemeente, given.* FROM jsonb_to_recordset(p_rows -> 'items') AS given (
        part_id uuid, owner text, deadline date, opened_at timestamptz);
    INSERT INTO domains.payer_move (gemeente, part_id, number, from_state, to_state, payer,
        amount_cents, at, actor, reason, decision_ref, entries, step_id, booking_date)
    SELECT p_gemeente, given.part_id, coalesce((
               SELECT max(earlier.number) FROM domains.payer_move AS earlier
               WHERE earlier.gemeente = p_gemeente AND earlier.part_id = given.part_id), 0)
               + row_number() OVER (PARTITION BY given.part_id ORDER BY given.place),
           given.from_state, given.to_state, given.payer, given.amount_cents, given.at, given.actor,
           given.reason, given.decision_ref, given.entries, given.step_id, given.booking_date
    FROM ROWS FROM (jsonb_to_recordset(p_rows -> 'payer_moves') AS (
        part_id uuid, from_state text, to_state text, payer text, amount_cents bigint,
        at timestamptz, actor text, reason text, decision_ref text, entries uuid[], step_id uuid,
        booking_date date))
        WITH ORDINALITY AS given (part_id, from_state, to_state, payer, amount_cents, at, actor,
            reason, decision_ref, entries, step_id, booking_date, place);
END
$$
---
REVOKE ALL ON FUNCTION domains.draw_dossier FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION domains.draw_dossier TO ontschot_app
