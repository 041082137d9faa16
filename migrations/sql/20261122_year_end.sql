-- The closing of a year: what was asked, what stood in its way, and what it booked. record is the
-- very text whose SHA-256 stands in its entries. A closing that was blocked booked nothing.
CREATE TABLE domains.year_closing (
    gemeente     text        NOT NULL,
    closing_id   uuid        NOT NULL,
    year         integer     NOT NULL,
    number       integer     NOT NULL CHECK (number > 0),
    outcome      text        NOT NULL CHECK (outcome IN ('afgesloten', 'geblokkeerd')),
    record       json        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    entries      uuid[]      NOT NULL,
    CONSTRAINT pk_year_closing PRIMARY KEY (gemeente, closing_id),
    CONSTRAINT uq_year_closing_number UNIQUE (gemeente, year, number),
    CONSTRAINT ck_year_closing_blocked CHECK (outcome = 'afgesloten' OR entries = '{}')
)
---
-- Closed days that were opened for a time, for a stated reason, at the request of somebody. That
-- they are open stands in ledger.period_change, in the link right after that of the request.
CREATE TABLE domains.period_exception (
    gemeente      text        NOT NULL,
    exception_id  uuid        NOT NULL,
    from_date     date        NOT NULL,
    until_date    date        NOT NULL,
    open_until    timestamptz NOT NULL,
    reason        text        NOT NULL CHECK (reason <> ''),
    asked_by      text        NOT NULL CHECK (asked_by <> ''),
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    CONSTRAINT pk_period_exception PRIMARY KEY (gemeente, exception_id),
    CONSTRAINT ck_period_exception_days CHECK (from_date < until_date),
    CONSTRAINT ck_period_exception_time CHECK (recorded_at < open_until)
)
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['year_closing', 'period_exception'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON domains.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
