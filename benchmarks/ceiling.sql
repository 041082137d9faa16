-- The least that one entry costs: an entry, two lines, two balances with a floor, a unique key and
-- a hash, in one function. No periods, colours, groups, verdicts, chain, months or stored answers.
CREATE SCHEMA raw;
CREATE TABLE raw.balance (
    account_id bigint PRIMARY KEY, balance_cents bigint NOT NULL, floor_cents bigint
) WITH (fillfactor = 50);
CREATE TABLE raw.entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key uuid NOT NULL UNIQUE,
    booking_date date NOT NULL, recorded_at timestamptz NOT NULL, actor text NOT NULL,
    kind text NOT NULL, description text NOT NULL, document text NOT NULL, content_hash bytea NOT NULL
);
CREATE TABLE raw.posting (
    entry_id bigint NOT NULL, line integer NOT NULL, account_id bigint NOT NULL,
    booking_date date NOT NULL, amount_cents bigint NOT NULL, PRIMARY KEY (entry_id, line)
);
CREATE INDEX ix_posting_account ON raw.posting (account_id, booking_date) INCLUDE (amount_cents);
CREATE FUNCTION raw.post(p_from bigint, p_to bigint, p_amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
    new_key uuid := gen_random_uuid();
    found_balance record;
BEGIN
    FOR found_balance IN
        SELECT account_id, balance_cents, floor_cents FROM raw.balance
        WHERE account_id IN (p_from, p_to) ORDER BY account_id FOR UPDATE
    LOOP
        IF found_balance.account_id = p_from
           AND found_balance.balance_cents - p_amount < found_balance.floor_cents THEN
            RAISE EXCEPTION 'below the floor';
        END IF;
    END LOOP;
    INSERT INTO raw.entry (key, booking_date, recorded_at, actor, kind, description, document,
                           content_hash)
    VALUES (new_key, date '2026-03-01', now(), 'medewerker-7', 'declaratie',
            'Declaratieregel week 12', 'decl-2026-0012',
            sha256(convert_to(format('%s|%s|%s|%s|%s', new_key, p_from, p_to, p_amount, now()),
                              'UTF8')))
    RETURNING entry_id INTO new_id;
    INSERT INTO raw.posting (entry_id, line, account_id, booking_date, amount_cents)
    VALUES (new_id, 1, p_from, date '2026-03-01', -p_amount),
           (new_id, 2, p_to, date '2026-03-01', p_amount);
    UPDATE raw.balance SET balance_cents = balance_cents - p_amount WHERE account_id = p_from;
    UPDATE raw.balance SET balance_cents = balance_cents + p_amount WHERE account_id = p_to;
    RETURN new_id;
END
$$;
INSERT INTO raw.balance SELECT number, 1000000000000, 0 FROM generate_series(1, 2000) AS number;
