-- A kind of help grouped for analysis: the kinds of help that count as one intervention.
CREATE TABLE domains.intervention (
    gemeente         text        NOT NULL,
    code             text        NOT NULL CHECK (code <> ''),
    version          integer     NOT NULL CHECK (version > 0),
    intervention_id  uuid        NOT NULL,
    name             text        NOT NULL CHECK (name <> ''),
    kinds            text[]      NOT NULL CHECK (kinds <> '{}'),
    recorded_at      timestamptz NOT NULL,
    actor            text        NOT NULL,
    CONSTRAINT pk_intervention PRIMARY KEY (gemeente, code, version),
    CONSTRAINT uq_intervention UNIQUE (gemeente, intervention_id)
)
---
-- What will be compared, laid down before it is: registered_after is the chain number up to which
-- the books could have been looked at by then.
CREATE TABLE domains.analysis_plan (
    gemeente          text        NOT NULL,
    plan_id           uuid        NOT NULL,
    title             text        NOT NULL CHECK (title <> ''),
    interventions     text[]      NOT NULL CHECK (interventions <> '{}'),
    domains           text[]      NOT NULL CHECK (domains <> '{}'),
    starts_from       date        NOT NULL,
    starts_until      date        NOT NULL,
    first_month       date        NOT NULL,
    until_month       date        NOT NULL,
    intervention_versions integer[] NOT NULL,
    assignment        text        NOT NULL CHECK (assignment IN ('loting', 'gespreide-start')),
    window_months     integer     NOT NULL CHECK (window_months >= 0),
    price_base        integer     NOT NULL,
    registered_at     timestamptz NOT NULL,
    registered_after  bigint      NOT NULL,
    actor             text        NOT NULL,
    CONSTRAINT pk_analysis_plan PRIMARY KEY (gemeente, plan_id),
    CONSTRAINT ck_analysis_plan_interventions
        CHECK (cardinality(interventions) = cardinality(intervention_versions)),
    CONSTRAINT ck_analysis_plan_months CHECK (first_month <= starts_from
        AND starts_from < starts_until AND starts_until <= until_month)
)
---
CREATE TABLE domains.analysis_plan_withdrawal (
    gemeente      text        NOT NULL,
    plan_id       uuid        NOT NULL,
    withdrawal_id uuid        NOT NULL,
    reason        text        NOT NULL CHECK (reason <> ''),
    withdrawn_at  timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_analysis_plan_withdrawal PRIMARY KEY (gemeente, plan_id),
    CONSTRAINT fk_analysis_plan_withdrawal FOREIGN KEY (gemeente, plan_id)
        REFERENCES domains.analysis_plan (gemeente, plan_id)
)
---
-- Observed costs: a file that was booked in WAARNEMING as a whole, with what its entries sum to.
CREATE TABLE domains.cost_import (
    gemeente      text        NOT NULL,
    import_id     uuid        NOT NULL,
    file_name     text        NOT NULL,
    file_sha256   text        NOT NULL,
    lines         integer     NOT NULL CHECK (lines >= 0),
    amount_cents  bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_cost_import PRIMARY KEY (gemeente, import_id),
    CONSTRAINT uq_cost_import_file UNIQUE (gemeente, file_sha256)
)
---
-- The lines of such a file that were not booked, and why.
CREATE TABLE domains.cost_import_left_out (
    gemeente      text    NOT NULL,
    import_id     uuid    NOT NULL,
    line_number   integer NOT NULL,
    amount_cents  bigint  NOT NULL,
    reason        text    NOT NULL,
    CONSTRAINT pk_cost_import_left_out PRIMARY KEY (gemeente, import_id, line_number),
    CONSTRAINT fk_cost_import_left_out FOREIGN KEY (gemeente, import_id)
        REFERENCES domains.cost_import (gemeente, import_id)
)
---
-- How heavy the problems of a family were on a day: 1 is average, 2 twice as heavy. What was
-- measured before help began may explain costs; the last one recorded for a day counts.
CREATE TABLE domains.family_severity (
    gemeente     text          NOT NULL,
    family_id    uuid          NOT NULL,
    measured_on  date          NOT NULL,
    number       integer       NOT NULL CHECK (number > 0),
    severity     numeric(8, 4) NOT NULL CHECK (severity > 0),
    list_id      uuid          NOT NULL,
    recorded_at  timestamptz   NOT NULL,
    actor        text          NOT NULL,
    CONSTRAINT pk_family_severity PRIMARY KEY (gemeente, family_id, measured_on, number),
    CONSTRAINT fk_family_severity_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id)
)
---
-- One estimation of a plan on books frozen at a chain number. The same data by the same method is
-- the newest study once more; data that changed gives one that takes its place. left_out says
-- what did not count and why; covariance is that of the savings of its estimates by their number,
-- row after row, in cents squared.
CREATE TABLE domains.benefit_study (
    gemeente      text        NOT NULL,
    study_id      uuid        NOT NULL,
    plan_id       uuid        NOT NULL,
    number        integer     NOT NULL CHECK (number > 0),
    chain_number  bigint      NOT NULL,
    data_hash     bytea       NOT NULL CHECK (length(data_hash) = 32),
    method        text        NOT NULL CHECK (method <> ''),
    families      integer     NOT NULL CHECK (families >= 0),
    months        integer     NOT NULL CHECK (months >= 0),
    first_month   date        NOT NULL,
    left_out      jsonb       NOT NULL,
    covariance    double precision[] NOT NULL,
    made_at       timestamptz NOT NULL,
    actor         text        NOT NULL,
    supersedes    uuid,
    CONSTRAINT pk_benefit_study PRIMARY KEY (gemeente, study_id),
    CONSTRAINT uq_benefit_study_number UNIQUE (gemeente, plan_id, number),
    CONSTRAINT fk_benefit_study_plan FOREIGN KEY (gemeente, plan_id)
        REFERENCES domains.analysis_plan (gemeente, plan_id),
    CONSTRAINT fk_benefit_study_supersedes FOREIGN KEY (gemeente, supersedes)
        REFERENCES domains.benefit_study (gemeente, study_id),
    CONSTRAINT ck_benefit_study_first CHECK ((number = 1) = (supersedes IS NULL))
)
---
-- What help by one exact set of interventions changed in the costs of one domain: measured in a
-- study, or expected beforehand (raming). Where no number could be given, refusal is its code and
-- refusal_text says why in words. A number has a grade, an interval and its doubts; a forecast has
-- the terms that it follows from.
CREATE TABLE domains.benefit_estimate (
    gemeente              text     NOT NULL,
    estimate_id           uuid     NOT NULL,
    study_id              uuid,
    number                integer  NOT NULL CHECK (number > 0),
    origin                text     NOT NULL CHECK (origin IN ('meting', 'raming')),
    exposure              text[]   NOT NULL CHECK (exposure <> '{}'),
    domain                text     NOT NULL CHECK (domain <> ''),
    treated               integer  NOT NULL,
    compared              integer  NOT NULL,
    family_months         integer  NOT NULL,
    actual_cents          bigint,
    counterfactual_cents  bigint,
    saving_cents          bigint,
    error_cents           bigint,
    low_cents             bigint,
    high_cents            bigint,
    ratio                 double precision,
    log_error             double precision,
    ratio_low             double precision,
    ratio_high            double precision,
    grade                 text     NOT NULL CHECK (grade IN ('', 'A', 'B', 'C', 'D', 'E')),
    doubts                text[]   NOT NULL,
    diagnostics           jsonb    NOT NULL,
    terms                 jsonb    NOT NULL,
    refusal               text     NOT NULL,
    refusal_text          text     NOT NULL,
    recorded_at           timestamptz NOT NULL,
    actor                 text     NOT NULL,
    CONSTRAINT pk_benefit_estimate PRIMARY KEY (gemeente, estimate_id),
    CONSTRAINT uq_benefit_estimate_number UNIQUE (gemeente, study_id, number),
    CONSTRAINT uq_benefit_estimate_cell UNIQUE (gemeente, study_id, exposure, domain),
    CONSTRAINT fk_benefit_estimate_study FOREIGN KEY (gemeente, study_id)
        REFERENCES domains.benefit_study (gemeente, study_id),
    CONSTRAINT ck_benefit_estimate_origin CHECK ((origin = 'meting') = (study_id IS NOT NULL)),
    CONSTRAINT ck_benefit_estimate_number CHECK ((refusal = '') = (saving_cents IS NOT NULL)
        AND (refusal = '') = (grade <> '') AND (refusal = '') = (refusal_text = '')),
    CONSTRAINT ck_benefit_estimate_measured CHECK (origin = 'raming' OR refusal <> ''
        OR saving_cents = counterfactual_cents - actual_cents AND error_cents >= 0
        AND low_cents <= high_cents),
    CONSTRAINT ck_benefit_estimate_forecast CHECK (origin = 'meting' OR grade IN ('D', 'E'))
)
---
-- A part of an estimate that is booked in one go: who began in one half-year (cohort), in one
-- quarter (period: its first day). worth is what each combination of the interventions saves, as
-- numbered in domains/benefits/methods/model.py; paid is {intervention: {domain: cents}} up to the end
-- of the quarter; keys are the costs without help of each of the families, to allot by. What cannot
-- be attributed is not booked; refusal and refusal_text say why.
CREATE TABLE domains.benefit_block (
    gemeente              text     NOT NULL,
    block_id              uuid     NOT NULL,
    estimate_id           uuid     NOT NULL,
    cohort                text     NOT NULL CHECK (cohort ~ '^\d{4}-[12]$'),
    exposure              text[]   NOT NULL,
    receiver              text     NOT NULL,
    period                date     NOT NULL,
    interventions         text[]   NOT NULL,
    worth                 bigint[] NOT NULL,
    modelled              integer[] NOT NULL,
    paid                  jsonb    NOT NULL,
    counterfactual_cents  bigint   NOT NULL,
    saving_cents          bigint   NOT NULL,
    refusal               text     NOT NULL,
    refusal_text          text     NOT NULL,
    families              uuid[]   NOT NULL,
    keys                  bigint[] NOT NULL,
    CONSTRAINT pk_benefit_block PRIMARY KEY (gemeente, block_id),
    CONSTRAINT uq_benefit_block UNIQUE (gemeente, estimate_id, cohort, period),
    CONSTRAINT fk_benefit_block_estimate FOREIGN KEY (gemeente, estimate_id)
        REFERENCES domains.benefit_estimate (gemeente, estimate_id),
    CONSTRAINT ck_benefit_block_worth CHECK (worth = '{}' AND refusal <> ''
        OR cardinality(worth) = 1::bigint << cardinality(interventions)
        AND worth[cardinality(worth)] = saving_cents),
    CONSTRAINT ck_benefit_block_refusal CHECK ((refusal = '') = (refusal_text = '')),
    CONSTRAINT ck_benefit_block_keys CHECK (cardinality(families) = cardinality(keys)),
    CONSTRAINT ck_benefit_block_quarter CHECK (
        extract(day FROM period) = 1 AND extract(month FROM period) IN (1, 4, 7, 10))
)
---
-- A block as it stands in a state of the book DOMEINBATEN, by the entry that brought it there, until
-- the entry that ends it. What is realised left 'bekrachtigd' by taken_by and is of one settlement.
-- Each (cohort, exposure, receiver, period) stands once in each state, whatever plan measured it.
CREATE TABLE domains.benefit_line (
    gemeente       text   NOT NULL,
    line_id        uuid   NOT NULL,
    block_id       uuid   NOT NULL,
    state          text   NOT NULL
        CHECK (state IN ('verwacht', 'gemeten', 'bekrachtigd', 'verzilverd')),
    cohort         text   NOT NULL,
    exposure       text[] NOT NULL,
    receiver       text   NOT NULL,
    period         date   NOT NULL,
    entry_id       uuid   NOT NULL,
    settlement_id  uuid,
    taken_by       uuid,
    ended_by       uuid,
    CONSTRAINT pk_benefit_line PRIMARY KEY (gemeente, line_id),
    CONSTRAINT uq_benefit_line_entry UNIQUE (gemeente, entry_id),
    CONSTRAINT fk_benefit_line_block FOREIGN KEY (gemeente, block_id)
        REFERENCES domains.benefit_block (gemeente, block_id),
    CONSTRAINT ck_benefit_line_realised CHECK ((state = 'verzilverd') = (settlement_id IS NOT NULL)
        AND (state = 'verzilverd') = (taken_by IS NOT NULL))
)
---
CREATE UNIQUE INDEX uq_benefit_line_live ON domains.benefit_line
    (gemeente, cohort, exposure, receiver, period, state, settlement_id)
    NULLS NOT DISTINCT WHERE ended_by IS NULL
---
CREATE INDEX ix_benefit_line_block ON domains.benefit_line (gemeente, block_id)
---
-- Who holds the budget of a domain from a day on, and so signs for it.
CREATE TABLE domains.benefit_holder (
    gemeente      text        NOT NULL,
    domain        text        NOT NULL CHECK (domain <> ''),
    number        integer     NOT NULL CHECK (number > 0),
    holder_id     uuid        NOT NULL,
    subject       text        NOT NULL CHECK (subject <> ''),
    from_date     date        NOT NULL,
    decision      text        NOT NULL CHECK (decision <> ''),
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_benefit_holder PRIMARY KEY (gemeente, domain, number),
    CONSTRAINT uq_benefit_holder UNIQUE (gemeente, holder_id)
)
---
-- Who stands for an estimate: the holder of the receiving budget, those of the contributing ones
-- (domain says which), and the controller who looked at its doubts.
CREATE TABLE domains.benefit_signature (
    gemeente      text        NOT NULL,
    estimate_id   uuid        NOT NULL,
    side          text        NOT NULL CHECK (side IN ('ontvanger', 'betaler', 'controller')),
    domain        text        NOT NULL CHECK ((domain = '') = (side = 'controller')),
    signature_id  uuid        NOT NULL,
    actor         text        NOT NULL,
    signed_at     timestamptz NOT NULL,
    CONSTRAINT pk_benefit_signature PRIMARY KEY (gemeente, estimate_id, side, domain),
    CONSTRAINT uq_benefit_signature UNIQUE (gemeente, signature_id),
    CONSTRAINT fk_benefit_signature_estimate FOREIGN KEY (gemeente, estimate_id)
        REFERENCES domains.benefit_estimate (gemeente, estimate_id)
)
---
-- What a receiving and a contributing domain agreed on sharing savings; a later version takes the
-- place of an earlier one. terms are those of domains/benefits/settlement.py, fractions as text;
-- budget says where in the budget lasten and baten of a settlement stand.
CREATE TABLE domains.benefit_agreement (
    gemeente      text        NOT NULL,
    agreement_id  uuid        NOT NULL,
    number        integer     NOT NULL CHECK (number > 0),
    version_id    uuid        NOT NULL,
    receiver      text        NOT NULL CHECK (receiver <> ''),
    contributor   text        NOT NULL CHECK (contributor <> receiver),
    from_date     date        NOT NULL,
    until_date    date        NOT NULL CHECK (until_date > from_date),
    terms         jsonb       NOT NULL,
    budget        jsonb       NOT NULL,
    decision_ref  text        NOT NULL CHECK (decision_ref <> ''),
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_benefit_agreement PRIMARY KEY (gemeente, agreement_id, number),
    CONSTRAINT uq_benefit_agreement_version UNIQUE (gemeente, version_id)
)
---
-- What part of a saving a domain can really spend less from a day on: all of a part (C2), whole
-- steps of a contract or of staff (C1), nothing (C0).
CREATE TABLE domains.benefit_cashable (
    gemeente      text        NOT NULL,
    domain        text        NOT NULL CHECK (domain <> ''),
    number        integer     NOT NULL CHECK (number > 0),
    cashable_id   uuid        NOT NULL,
    class         text        NOT NULL CHECK (class IN ('C0', 'C1', 'C2')),
    part          text        NOT NULL,
    step_cents    bigint      NOT NULL CHECK ((step_cents > 0) = (class = 'C1')),
    from_date     date        NOT NULL,
    decision_ref  text        NOT NULL CHECK (decision_ref <> ''),
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_benefit_cashable PRIMARY KEY (gemeente, domain, number),
    CONSTRAINT uq_benefit_cashable UNIQUE (gemeente, cashable_id)
)
---
-- What an agreement gives over one of its years, as drafted in a budget change; without an amount
-- nothing was drafted. measured is what it was worked out from.
CREATE TABLE domains.benefit_settlement (
    gemeente          text        NOT NULL,
    settlement_id     uuid        NOT NULL,
    agreement_id      uuid        NOT NULL,
    agreement_number  integer     NOT NULL,
    year              integer     NOT NULL CHECK (year > 0),
    number            integer     NOT NULL CHECK (number > 0),
    amount_cents      bigint      NOT NULL,
    outcome           text        NOT NULL,
    measured          jsonb       NOT NULL,
    change_id         uuid,
    made_at           timestamptz NOT NULL,
    actor             text        NOT NULL,
    CONSTRAINT pk_benefit_settlement PRIMARY KEY (gemeente, settlement_id),
    CONSTRAINT uq_benefit_settlement_number UNIQUE (gemeente, agreement_id, year, number),
    CONSTRAINT fk_benefit_settlement_agreement FOREIGN KEY (gemeente, agreement_id, agreement_number)
        REFERENCES domains.benefit_agreement (gemeente, agreement_id, number),
    CONSTRAINT ck_benefit_settlement_change CHECK ((change_id IS NULL) = (amount_cents = 0))
)
---
-- Of which lines a settlement is made up.
CREATE TABLE domains.benefit_settlement_part (
    gemeente       text   NOT NULL,
    settlement_id  uuid   NOT NULL,
    cohort         text   NOT NULL,
    exposure       text[] NOT NULL,
    period         date   NOT NULL,
    amount_cents   bigint NOT NULL CHECK (amount_cents <> 0),
    CONSTRAINT pk_benefit_settlement_part
        PRIMARY KEY (gemeente, settlement_id, cohort, exposure, period),
    CONSTRAINT fk_benefit_settlement_part FOREIGN KEY (gemeente, settlement_id)
        REFERENCES domains.benefit_settlement (gemeente, settlement_id)
)
---
-- The council adopted the change that a settlement drafted, so it is realised, once.
CREATE TABLE domains.benefit_realisation (
    gemeente       text        NOT NULL,
    settlement_id  uuid        NOT NULL,
    realised_id    uuid        NOT NULL,
    realised_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_benefit_realisation PRIMARY KEY (gemeente, settlement_id),
    CONSTRAINT uq_benefit_realisation UNIQUE (gemeente, realised_id),
    CONSTRAINT fk_benefit_realisation FOREIGN KEY (gemeente, settlement_id)
        REFERENCES domains.benefit_settlement (gemeente, settlement_id)
)
---
-- What the book says per line of each entry: which block, in which state, and whether a domain
-- receives (debit) or contributes. Sums up to a chain number say what stood then.
CREATE VIEW domains.benefit_posting WITH (security_invoker = true) AS
SELECT entry.gemeente, entry.chain_number, entry.entry_id, entry.reverses,
       entry.decision AS block_id, split_part(account.colour, '/', 1)::uuid AS estimate_id,
       split_part(account.colour, '/', 2) AS state,
       CASE account.code WHEN '9900' THEN 'betaler' ELSE 'ontvanger' END AS side,
       account.dimensions ->> 'domein' AS domain, posting.amount_cents,
       entry.performance_from AS period, entry.booking_date, entry.recorded_at, entry.actor
FROM ledger.account AS account
JOIN ledger.posting AS posting USING (gemeente, account_id)
JOIN ledger.entry AS entry ON entry.gemeente = posting.gemeente
    AND entry.chain_number = posting.chain_number AND entry.position = posting.position
WHERE account.book = 'DOMEINBATEN'
---
-- No benefit is booked without its estimate: an account of the book exists for one estimate and one
-- state of it only. Runs when an account is opened, so other entries do not pay for it.
CREATE FUNCTION domains.check_benefit_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM domains.benefit_estimate AS estimate
        CROSS JOIN (VALUES ('9100', 'verwacht'), ('9200', 'gemeten'), ('9300', 'bekrachtigd'),
                           ('9400', 'verzilverd')) AS account (code, state)
        WHERE estimate.gemeente = NEW.gemeente AND estimate.refusal = ''
          AND NEW.colour = estimate.estimate_id || '/' || account.state
          AND NEW.code IN (account.code, '9900') AND NEW.dimensions ? 'domein'
    ) THEN
        RAISE EXCEPTION 'Geen domeinbaat zonder schatting (benefit_has_estimate).'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'benefit_has_estimate';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER benefit_has_estimate AFTER INSERT ON ledger.account
    FOR EACH ROW WHEN (NEW.book = 'DOMEINBATEN') EXECUTE FUNCTION domains.check_benefit_account()
---
-- The number that belongs to what a row says, moments apart: those are the chain's own.
CREATE FUNCTION domains.content_id(says jsonb) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT overlay(overlay(hex PLACING '8' FROM 13) PLACING
               to_hex(('x' || substr(hex, 17, 1))::bit(4)::integer & 3 | 8) FROM 17)::uuid
    FROM (SELECT left(encode(sha256(convert_to(
              (says - '{recorded_at,signed_at,made_at}'::text[])::text, 'UTF8')), 'hex'), 32)
    ) AS hashed (hex)
$$
---
-- Number a row by all that it says, so that the answer in the chain holds its content too.
CREATE FUNCTION domains.number_by_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_populate_record(NEW, jsonb_build_object(
        TG_ARGV[0], domains.content_id(to_jsonb(NEW) - TG_ARGV[0])));
END
$$
---
CREATE TRIGGER number_by_content BEFORE INSERT ON domains.benefit_holder
    FOR EACH ROW EXECUTE FUNCTION domains.number_by_content('holder_id')
---
CREATE TRIGGER number_by_content BEFORE INSERT ON domains.benefit_signature
    FOR EACH ROW EXECUTE FUNCTION domains.number_by_content('signature_id')
---
CREATE TRIGGER number_by_content BEFORE INSERT ON domains.benefit_agreement
    FOR EACH ROW EXECUTE FUNCTION domains.number_by_content('version_id')
---
CREATE TRIGGER number_by_content BEFORE INSERT ON domains.benefit_cashable
    FOR EACH ROW EXECUTE FUNCTION domains.number_by_content('cashable_id')
---
CREATE TRIGGER number_by_content BEFORE INSERT ON domains.benefit_settlement
    FOR EACH ROW EXECUTE FUNCTION domains.number_by_content('settlement_id')
---
-- Of a line only its end is written later, once.
CREATE FUNCTION domains.check_benefit_line_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_by IS NOT NULL OR NEW.ended_by IS NULL THEN
        RAISE EXCEPTION 'Een regel van het batenboek eindigt één keer (benefit_line_end).'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'benefit_line_end';
    END IF;
    RETURN NEW;
END
$$
---
CREATE TRIGGER ends_once BEFORE UPDATE ON domains.benefit_line
    FOR EACH ROW EXECUTE FUNCTION domains.check_benefit_line_end()
---
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON domains.benefit_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
REVOKE ALL ON FUNCTION domains.check_benefit_account, domains.check_benefit_line_end,
    domains.number_by_content FROM PUBLIC
---
GRANT SELECT ON domains.benefit_posting TO ontschot_app
---
GRANT UPDATE (ended_by) ON domains.benefit_line TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'intervention', 'analysis_plan', 'analysis_plan_withdrawal', 'cost_import',
        'cost_import_left_out', 'family_severity', 'benefit_study',
        'benefit_estimate', 'benefit_block', 'benefit_line', 'benefit_holder',
        'benefit_signature',
        'benefit_agreement', 'benefit_cashable', 'benefit_settlement', 'benefit_settlement_part',
        'benefit_realisation'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON domains.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        IF name <> 'benefit_line' THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
                ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
        END IF;
    END LOOP;
END
$$
