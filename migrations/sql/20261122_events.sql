-- The day on which somebody born on a day reaches an age: 1 March where 29 February is missing.
-- The same law as domains/eligibility/rules.py (birthday_in); a test holds both side by side.
CREATE FUNCTION domains.birthday(birth_date date, age integer) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (birth_date + make_interval(years => age))::date
        -- Adding years moves the day of the month only where 29 February becomes the 28th.
        + (extract(day FROM birth_date)
           <> extract(day FROM birth_date + make_interval(years => age)))::integer
$$
---
-- Who turns 18, 21 or 23 is found by birth date: few rows of many members.
CREATE INDEX ix_member_birth_date ON domains.member (gemeente, birth_date)
---
-- What is known to happen in a life, apart from birthdays: a move to another municipality, or a
-- condition of the rules that no longer holds from a day on (an indication that ends).
CREATE TABLE domains.known_event (
    gemeente     text        NOT NULL,
    event_id     uuid        NOT NULL,
    kind         text        NOT NULL,
    family_id    uuid        NOT NULL,
    person_id    uuid,
    day          date        NOT NULL,
    to_gemeente  text        NOT NULL,
    fact         text        NOT NULL,
    fact_value   boolean,
    reason       text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_known_event PRIMARY KEY (gemeente, event_id),
    CONSTRAINT ck_known_event CHECK (
        kind = 'vertrek' AND to_gemeente ~ '^GM[0-9]{4}$' AND to_gemeente <> gemeente
            AND fact = '' AND fact_value IS NULL
        OR kind = 'einde-indicatie' AND to_gemeente = '' AND fact <> ''
            AND person_id IS NOT NULL),
    CONSTRAINT fk_known_event_family FOREIGN KEY (gemeente, family_id)
        REFERENCES domains.family (gemeente, family_id)
)
---
CREATE INDEX ix_known_event_day ON domains.known_event (gemeente, day)
---
CREATE INDEX ix_known_event_family ON domains.known_event (family_id, gemeente)
---
-- A known event that will not happen after all.
CREATE TABLE domains.withdrawn_event (
    gemeente     text        NOT NULL,
    event_id     uuid        NOT NULL,
    reason       text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_withdrawn_event PRIMARY KEY (gemeente, event_id),
    CONSTRAINT fk_withdrawn_event FOREIGN KEY (gemeente, event_id)
        REFERENCES domains.known_event (gemeente, event_id)
)
---
-- What was executed, once: the name of an event is that of the person and age, of the known event,
-- or of the rule and its version.
CREATE TABLE domains.executed_event (
    gemeente     text        NOT NULL,
    kind         text        NOT NULL,
    name         text        NOT NULL,
    day          date        NOT NULL,
    draws        uuid[]      NOT NULL,
    executed_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_executed_event PRIMARY KEY (gemeente, kind, name)
)
---
-- Up to which day (inclusive) all that was due was executed; the next run begins after it, so that
-- its work does not grow with the books.
CREATE TABLE domains.day_start (
    gemeente     text        NOT NULL,
    run_id       uuid        NOT NULL,
    up_to        date        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_day_start PRIMARY KEY (gemeente, run_id)
)
---
-- Delivered help of somebody who moved to another municipality with books here: planned first, then
-- booked on either side, then settled. It begins with whoever paid.
CREATE TABLE domains.neighbour_settlement (
    gemeente       text        NOT NULL,
    settlement_id  uuid        NOT NULL,
    item_id        uuid        NOT NULL,
    to_gemeente    text        NOT NULL CHECK (to_gemeente <> gemeente),
    amount_cents   bigint      NOT NULL CHECK (amount_cents > 0),
    recorded_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_neighbour_settlement PRIMARY KEY (gemeente, settlement_id),
    CONSTRAINT fk_neighbour_settlement_item FOREIGN KEY (gemeente, item_id)
        REFERENCES domains.payer_item (gemeente, part_id)
)
---
CREATE TABLE domains.neighbour_settled (
    gemeente       text        NOT NULL,
    settlement_id  uuid        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_neighbour_settled PRIMARY KEY (gemeente, settlement_id),
    CONSTRAINT fk_neighbour_settled FOREIGN KEY (gemeente, settlement_id)
        REFERENCES domains.neighbour_settlement (gemeente, settlement_id)
)
---
-- The other side: what this municipality bears of what another paid.
CREATE TABLE domains.neighbour_cost (
    gemeente       text        NOT NULL,
    settlement_id  uuid        NOT NULL,
    from_gemeente  text        NOT NULL CHECK (from_gemeente <> gemeente),
    amount_cents   bigint      NOT NULL CHECK (amount_cents > 0),
    entries        uuid[]      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_neighbour_cost PRIMARY KEY (gemeente, settlement_id)
)
---
-- What this municipality paid of what it owes another, and what of that arrived on the other side,
-- by which entry; where that was reversed it did not arrive.
CREATE TABLE domains.neighbour_payment (
    gemeente       text        NOT NULL,
    payment_id     uuid        NOT NULL,
    settlement_id  uuid        NOT NULL,
    entry_id       uuid        NOT NULL,
    booking_date   date        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_neighbour_payment PRIMARY KEY (gemeente, payment_id, settlement_id),
    CONSTRAINT fk_neighbour_payment FOREIGN KEY (gemeente, settlement_id)
        REFERENCES domains.neighbour_cost (gemeente, settlement_id)
)
---
CREATE INDEX ix_neighbour_payment ON domains.neighbour_payment (gemeente, settlement_id)
---
CREATE TABLE domains.neighbour_received (
    gemeente       text        NOT NULL,
    settlement_id  uuid        NOT NULL,
    entry_id       uuid        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    CONSTRAINT pk_neighbour_received PRIMARY KEY (gemeente, settlement_id, entry_id),
    CONSTRAINT fk_neighbour_received FOREIGN KEY (gemeente, settlement_id)
        REFERENCES domains.neighbour_settlement (gemeente, settlement_id)
)
---
GRANT SELECT, INSERT ON domains.neighbour_settlement, domains.neighbour_settled,
    domains.neighbour_payment, domains.neighbour_received, domains.neighbour_cost, domains.known_event, domains.withdrawn_event, domains.executed_event,
    domains.day_start TO ontschot_app
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'known_event', 'withdrawn_event', 'executed_event', 'day_start',
        'neighbour_settlement', 'neighbour_settled', 'neighbour_cost', 'neighbour_payment',
        'neighbour_received'] LOOP
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
