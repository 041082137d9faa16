-- A change of the budget (begrotingswijziging) as somebody drafted it; a later version takes its
-- place until one is adopted. Only adoption books anything.
CREATE TABLE domains.budget_change (
    gemeente     text        NOT NULL,
    change_id    uuid        NOT NULL,
    number       integer     NOT NULL CHECK (number > 0),
    version_id   uuid        NOT NULL,
    year         integer     NOT NULL,
    description  text        NOT NULL CHECK (description <> ''),
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_budget_change PRIMARY KEY (gemeente, change_id, number),
    CONSTRAINT uq_budget_change_version UNIQUE (gemeente, version_id)
)
---
-- Lasten and baten stand apart and are never netted.
CREATE TABLE domains.budget_change_line (
    gemeente      text    NOT NULL,
    change_id     uuid    NOT NULL,
    number        integer NOT NULL,
    sequence      integer NOT NULL,
    side          text    NOT NULL CHECK (side IN ('lasten', 'baten')),
    source        text    NOT NULL,
    programme     text    NOT NULL,
    taakveld      text    NOT NULL,
    change_cents  bigint  NOT NULL CHECK (change_cents <> 0),
    duration      text    NOT NULL CHECK (duration IN ('structureel', 'incidenteel')),
    cause         text    NOT NULL CHECK (cause IN (
        'buiten-programma', 'boven-autorisatie', 'tekort', 'eigen')),
    CONSTRAINT pk_budget_change_line PRIMARY KEY (gemeente, change_id, number, sequence),
    CONSTRAINT fk_budget_change_line FOREIGN KEY (gemeente, change_id, number)
        REFERENCES domains.budget_change (gemeente, change_id, number)
)
---
-- The council adopted one version, once.
CREATE TABLE domains.budget_change_adoption (
    gemeente    text        NOT NULL,
    change_id   uuid        NOT NULL,
    number      integer     NOT NULL,
    decision    text        NOT NULL CHECK (decision <> ''),
    decided_on  date        NOT NULL,
    adopted_at  timestamptz NOT NULL,
    actor       text        NOT NULL,
    entries     uuid[]      NOT NULL,
    CONSTRAINT pk_budget_change_adoption PRIMARY KEY (gemeente, change_id),
    CONSTRAINT fk_budget_change_adoption FOREIGN KEY (gemeente, change_id, number)
        REFERENCES domains.budget_change (gemeente, change_id, number)
)
---
GRANT SELECT, INSERT ON domains.budget_change, domains.budget_change_line,
    domains.budget_change_adoption TO ontschot_app
---
ALTER TABLE domains.budget_change ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.budget_change
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.budget_change_line ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.budget_change_line
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
ALTER TABLE domains.budget_change_adoption ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.budget_change_adoption
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.budget_change
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.budget_change_line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.budget_change_adoption
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
