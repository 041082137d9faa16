CREATE EXTENSION IF NOT EXISTS btree_gist
---
CREATE SCHEMA domains
---
-- What requests were answered with, by whom and when: the checks hold decisions against it.
CREATE VIEW domains.answered WITH (security_invoker = true) AS
SELECT gemeente, result, request.actor, link.recorded_at, chain_number, request_number
FROM ledger.request AS request CROSS JOIN unnest(results) AS result
JOIN ledger.link AS link USING (gemeente, chain_number)
---
-- The funds (middelen) of a municipality: a source in a year.
CREATE TABLE domains.fund (
    gemeente  text    NOT NULL,
    fund      text    NOT NULL,
    source    text    NOT NULL,
    year      integer NOT NULL,
    CONSTRAINT pk_fund PRIMARY KEY (gemeente, fund),
    CONSTRAINT uq_fund_source_year UNIQUE (gemeente, source, year)
)
---
CREATE TABLE domains.budget_import (
    gemeente      text        NOT NULL,
    import_id     uuid        NOT NULL,
    year          integer     NOT NULL,
    kind          text        NOT NULL,
    file_name     text        NOT NULL,
    file_sha256   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    assumptions   jsonb       NOT NULL,
    CONSTRAINT pk_budget_import PRIMARY KEY (gemeente, import_id),
    CONSTRAINT uq_budget_import_year UNIQUE (gemeente, year)
)
---
-- What became of each line of a budget file: a source, or the reason why it was left out.
CREATE TABLE domains.budget_import_line (
    gemeente      text    NOT NULL,
    import_id     uuid    NOT NULL,
    sequence      integer NOT NULL,
    line_number   integer NOT NULL,
    taakveld      text    NOT NULL,
    programme     text,
    source        text,
    side          text    NOT NULL,
    amount_cents  bigint,
    reason        text,
    CONSTRAINT pk_budget_import_line PRIMARY KEY (gemeente, import_id, sequence),
    CONSTRAINT ck_budget_import_line_source CHECK ((source IS NULL) <> (reason IS NULL))
)
---
CREATE TABLE domains.district (
    gemeente     text    NOT NULL,
    district     text    NOT NULL CHECK (district ~ '^WK[0-9]{6}$'),
    name         text    NOT NULL,
    inhabitants  integer CHECK (inhabitants >= 0),
    households   integer CHECK (households >= 0),
    CONSTRAINT pk_district PRIMARY KEY (gemeente, district)
)
---
CREATE TABLE domains.family_type (
    gemeente     text NOT NULL,
    family_type  text NOT NULL,
    CONSTRAINT pk_family_type PRIMARY KEY (gemeente, family_type)
)
---
-- The band of a family type from a day on, until the day of a later row.
CREATE TABLE domains.family_type_band (
    gemeente     text        NOT NULL,
    family_type  text        NOT NULL,
    from_date    date        NOT NULL,
    name         text        NOT NULL,
    min_cents    bigint      NOT NULL,
    norm_cents   bigint      NOT NULL,
    max_cents    bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_family_type_band PRIMARY KEY (gemeente, family_type, from_date),
    CONSTRAINT fk_family_type_band FOREIGN KEY (gemeente, family_type)
        REFERENCES domains.family_type (gemeente, family_type),
    CONSTRAINT ck_family_type_band
        CHECK (0 < min_cents AND min_cents <= norm_cents AND norm_cents <= max_cents)
)
---
-- A family by its pseudonym; who they are is not known here.
CREATE TABLE domains.family (
    gemeente     text    NOT NULL,
    family_id    uuid    NOT NULL,
    family_type  text    NOT NULL,
    team         text    NOT NULL,
    is_complex   boolean NOT NULL,
    opened_on    date    NOT NULL,
    CONSTRAINT pk_family PRIMARY KEY (gemeente, family_id),
    CONSTRAINT fk_family_type FOREIGN KEY (gemeente, family_type)
        REFERENCES domains.family_type (gemeente, family_type)
)
---
-- Where a family lives from a day on, until the day of a later row; before the first row it lived
-- there too.
CREATE TABLE domains.family_district (
    gemeente     text        NOT NULL,
    family_id    uuid        NOT NULL,
    from_date    date        NOT NULL,
    district     text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_family_district PRIMARY KEY (gemeente, family_id, from_date),
    CONSTRAINT fk_family_district_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id),
    CONSTRAINT fk_family_district FOREIGN KEY (gemeente, district)
        REFERENCES domains.district (gemeente, district)
)
---
-- The one professional who leads the help to a family (one family, one lead professional); the
-- team is that of the professional. When it was written down that somebody stopped, stands in
-- ended_at.
CREATE TABLE domains.lead_professional (
    gemeente      text        NOT NULL,
    family_id     uuid        NOT NULL,
    from_date     date        NOT NULL,
    until_date    date,
    professional  text        NOT NULL,
    team          text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    ended_at      timestamptz,
    actor         text        NOT NULL,
    CONSTRAINT pk_lead_professional PRIMARY KEY (gemeente, family_id, from_date),
    CONSTRAINT fk_lead_professional_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id),
    CONSTRAINT ex_lead_professional_one_at_a_time EXCLUDE USING gist
        (gemeente WITH =, family_id WITH =, daterange(from_date, until_date) WITH &&)
)
---
-- A person is a pseudonym with a birth date, in one family at a time; ended_at as above.
CREATE TABLE domains.member (
    gemeente     text        NOT NULL,
    family_id    uuid        NOT NULL,
    person_id    uuid        NOT NULL,
    birth_date   date        NOT NULL,
    from_date    date        NOT NULL,
    until_date   date,
    recorded_at  timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT pk_member PRIMARY KEY (gemeente, person_id, from_date),
    CONSTRAINT fk_member_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id),
    CONSTRAINT ex_member_one_family EXCLUDE USING gist
        (gemeente WITH =, person_id WITH =, daterange(from_date, until_date) WITH &&)
)
---
CREATE INDEX ix_member_family ON domains.member (gemeente, family_id)
---
CREATE TABLE domains.family_budget (
    gemeente          text    NOT NULL,
    family_budget_id  uuid    NOT NULL,
    family_id         uuid    NOT NULL,
    year              integer NOT NULL,
    CONSTRAINT pk_family_budget PRIMARY KEY (gemeente, family_budget_id),
    CONSTRAINT uq_family_budget_year UNIQUE (gemeente, family_id, year),
    CONSTRAINT fk_family_budget_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id)
)
---
-- What became of a family budget: proposed, opened, topped up, returned, split, merged, closed,
-- reopened; the last one says whether it is open. The amount is what was asked (below zero: given
-- away), the moved amount is what its entry brought to the family.
CREATE TABLE domains.family_budget_step (
    gemeente          text        NOT NULL,
    family_budget_id  uuid        NOT NULL,
    number            integer     NOT NULL CHECK (number > 0),
    step_id           uuid        NOT NULL,
    kind              text        NOT NULL,
    amount_cents      bigint      NOT NULL,
    moved_cents       bigint      NOT NULL,
    reason            text        NOT NULL,
    recorded_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    entry_id          uuid,
    CONSTRAINT pk_family_budget_step PRIMARY KEY (gemeente, family_budget_id, number),
    CONSTRAINT uq_family_budget_step UNIQUE (gemeente, step_id),
    CONSTRAINT fk_family_budget_step FOREIGN KEY (gemeente, family_budget_id)
        REFERENCES domains.family_budget (gemeente, family_budget_id),
    CONSTRAINT ck_family_budget_step_moved CHECK ((entry_id IS NULL) = (moved_cents = 0))
)
---
-- The big five (grote vijf) of a youngster: per part the state with the highest number counts.
CREATE TABLE domains.big_five (
    gemeente     text        NOT NULL,
    person_id    uuid        NOT NULL,
    part         text        NOT NULL,
    number       integer     NOT NULL CHECK (number > 0),
    state        text        NOT NULL,
    reason       text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_big_five PRIMARY KEY (gemeente, person_id, part, number)
)
---
GRANT USAGE ON SCHEMA domains TO ontschot_app
---
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA domains TO ontschot_app
---
-- A figure that was missing may be filled in once; one that stands never changes.
GRANT UPDATE (inhabitants, households) ON domains.district TO ontschot_app
---
-- Somebody stays in a family, or leads its help, until a day is filled in once.
GRANT UPDATE (until_date, ended_at) ON domains.member, domains.lead_professional TO ontschot_app
---
CREATE FUNCTION domains.refuse_other_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'De laatste dag staat vast zodra hij is ingevuld (end_stands).'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'end_stands';
END
$$
---
CREATE TRIGGER end_stands BEFORE UPDATE ON domains.member
    FOR EACH ROW WHEN (OLD.until_date IS NOT NULL OR NEW.until_date IS NULL)
    EXECUTE FUNCTION domains.refuse_other_end()
---
CREATE TRIGGER end_stands BEFORE UPDATE ON domains.lead_professional
    FOR EACH ROW WHEN (OLD.until_date IS NOT NULL OR NEW.until_date IS NULL)
    EXECUTE FUNCTION domains.refuse_other_end()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON domains.member
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER no_removal BEFORE DELETE OR TRUNCATE ON domains.lead_professional
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family_type
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family_type_band
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family_district
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family_budget
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.family_budget_step
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.big_five
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE FUNCTION domains.refuse_other_figure() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'Een cijfer van wijk % staat vast (district_figure).', OLD.district
        USING ERRCODE = 'check_violation', CONSTRAINT = 'district_figure';
END
$$
---
CREATE TRIGGER district_figure BEFORE UPDATE ON domains.district
    FOR EACH ROW WHEN (
        OLD.inhabitants IS NOT NULL AND NEW.inhabitants IS DISTINCT FROM OLD.inhabitants
        OR OLD.households IS NOT NULL AND NEW.households IS DISTINCT FROM OLD.households
    ) EXECUTE FUNCTION domains.refuse_other_figure()
---
ALTER TABLE domains.fund ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.fund
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.budget_import ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.budget_import
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.budget_import_line ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.budget_import_line
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.district ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.district
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family_type ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family_type
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family_district ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family_district
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.member ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.member
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family_type_band ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family_type_band
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.lead_professional ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.lead_professional
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family_budget_step ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family_budget_step
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.big_five ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.big_five
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.family_budget ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.family_budget
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.budget_import
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.budget_import_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
