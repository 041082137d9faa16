-- A report of domain benefits that somebody saw, so that a later one never tells, beside it, about
-- few families. What it summed follows from its scope and from the book, which only grows; hidden
-- are the cells that stayed hidden, per state. Reports with the same sums are kept once.
CREATE TABLE domains.benefit_report (
    gemeente     text        NOT NULL,
    report_id    uuid        NOT NULL,
    wijk         text,
    from_date    date,
    until_date   date,
    on_date      date        NOT NULL,
    known_up_to  bigint      NOT NULL,
    moment       timestamptz NOT NULL,
    hidden       jsonb       NOT NULL,
    shown_at     timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_benefit_report PRIMARY KEY (gemeente, report_id)
)
---
GRANT SELECT, INSERT ON domains.benefit_report TO ontschot_app
---
ALTER TABLE domains.benefit_report ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.benefit_report
    USING (gemeente = current_setting('ontschot.gemeente', true))
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.benefit_report
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
