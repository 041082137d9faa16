-- The fund sources as reference data, in their versions; the program reads them from its own file.
CREATE TABLE domains.source (
    source            text        NOT NULL CHECK (source <> ''),
    version           integer     NOT NULL CHECK (version > 0),
    name              text        NOT NULL,
    origin            text        NOT NULL,
    hardness          text        NOT NULL CHECK (hardness IN ('WET', 'RAAD', 'AFSPRAAK')),
    legal_basis       text        NOT NULL,
    closed_for_shift  boolean     NOT NULL,
    external          boolean     NOT NULL,
    valid_from        date        NOT NULL,
    valid_until       date,
    recorded_at       timestamptz NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (source, version),
    CONSTRAINT ck_source_days CHECK (valid_from <= valid_until)
)
---
-- The rules: who may pay what. A rule that is the same everywhere has no gemeente; a municipality
-- adds its own, or gives a rule that is not law a narrower version. A later version of a rule takes
-- over from its first day; nothing is ever changed.
CREATE TABLE domains.rule (
    gemeente          text        NOT NULL CHECK (gemeente = '' OR gemeente ~ '^GM[0-9]{4}$'),
    rule_id           text        NOT NULL CHECK (rule_id ~ '^[A-Z][0-9]{2,4}$'),
    version           integer     NOT NULL CHECK (version > 0),
    version_id        uuid,
    sources           text[]      NOT NULL CHECK (cardinality(sources) > 0),
    sources_in_order  boolean     NOT NULL,
    reach             text        NOT NULL,
    kinds             text[]      NOT NULL,
    person            text        NOT NULL,
    age_from          integer     NOT NULL CHECK (age_from >= 0),
    age_until         integer     CHECK (age_until > age_from),
    conditions        text        NOT NULL,
    outcome           text        NOT NULL CHECK (outcome IN (
        'TOEGESTAAN', 'TOEGESTAAN_MITS', 'ALLEEN_ONTSCHOT', 'NIET', 'EXTERN')),
    hardness          text        NOT NULL CHECK (hardness IN ('WET', 'RAAD', 'AFSPRAAK')),
    legal_basis       text        NOT NULL CHECK (legal_basis <> ''),
    explanation       text        NOT NULL,
    taakveld          text,
    category          text,
    cost_account      text,
    valid_from        date        NOT NULL,
    valid_until       date,
    decision          text        NOT NULL,
    recorded_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    CONSTRAINT pk_rule PRIMARY KEY (gemeente, rule_id, version),
    CONSTRAINT ck_rule_days CHECK (valid_from <= valid_until),
    CONSTRAINT ck_rule_of_municipality CHECK (gemeente = '' OR (
        hardness <> 'WET' AND outcome <> 'EXTERN' AND decision <> '' AND version_id IS NOT NULL))
)
---
-- The days on which a version holds: until its own end, or until a later version takes over.
CREATE VIEW domains.rule_days AS
SELECT rule.gemeente, rule.rule_id, rule.version, rule.sources, rule.reach, rule.kinds,
       rule.age_from, rule.age_until, rule.conditions, rule.outcome, rule.hardness,
       rule.valid_from AS from_date,
       least(coalesce(rule.valid_until, 'infinity'), (
           SELECT coalesce(min(later.valid_from), 'infinity') FROM domains.rule AS later
           WHERE later.gemeente = rule.gemeente AND later.rule_id = rule.rule_id
             AND later.version > rule.version)) AS until_date
FROM domains.rule AS rule
---
-- Second wall against loosening the law: a municipality gives no version of its own to a rule that
-- is law, and opens nothing that the law closes without any condition.
CREATE FUNCTION domains.check_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    law record;
BEGIN
    SELECT known.rule_id INTO law FROM domains.rule AS known
    WHERE NEW.gemeente <> '' AND known.gemeente = '' AND known.hardness = 'WET' AND (
        known.rule_id = NEW.rule_id
        OR known.outcome = 'NIET' AND known.conditions = '' AND NEW.outcome <> 'NIET'
           AND known.sources && NEW.sources
           AND (known.reach = 'rest' OR known.reach = 'soort' AND known.kinds && NEW.kinds)
           AND int4range(known.age_from, known.age_until)
               && int4range(NEW.age_from, NEW.age_until)
           AND daterange(known.valid_from, known.valid_until)
               && daterange(NEW.valid_from, NEW.valid_until))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'regel % van % verruimt wat de wet sluit (regel %)',
            NEW.rule_id, NEW.gemeente, law.rule_id USING ERRCODE = 'OS011';
    END IF;
    RETURN NEW;
END
$$
---
CREATE TRIGGER law_stands BEFORE INSERT ON domains.rule
    FOR EACH ROW EXECUTE FUNCTION domains.check_rule()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.rule
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domains.source
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
---
-- The wall around each fund: a draw names a rule on each line; a line that names a rule stands on a
-- fund of that rule's source, the rule does not forbid it, and one version of it held on every day
-- of the performance. Runs once per posting call, on its entries, because those know the days. A
-- reversal mirrors a line that passed before; what came into force later does not keep a mistake in
-- the books.
CREATE FUNCTION domains.check_basis() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_draw boolean;
    has_basis boolean;
    wrong record;
BEGIN
    SELECT EXISTS (SELECT FROM added WHERE kind = 'trekking'), EXISTS (
        SELECT FROM (SELECT DISTINCT gemeente, chain_number FROM added) AS link
        CROSS JOIN LATERAL (
            SELECT line.basis FROM ledger.posting AS line
            WHERE line.gemeente = link.gemeente AND line.chain_number = link.chain_number
            ORDER BY line.position, line.line OFFSET 0) AS found  -- In this order: by its key.
        WHERE found.basis <> '')
    INTO has_draw, has_basis;
    IF NOT has_draw AND NOT has_basis THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM added AS entry
    CROSS JOIN LATERAL (
        SELECT known.basis FROM ledger.posting AS known
        WHERE known.gemeente = entry.gemeente AND known.chain_number = entry.chain_number
          AND known.position = entry.position OFFSET 0) AS line
    WHERE entry.kind = 'trekking' AND line.basis = '' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'een regel van een trekking noemt geen rechtsregel'
            USING ERRCODE = 'OS010',
                  HINT = 'Elke regel van een trekking noemt de rechtsregel waarop zij rust.';
    END IF;
    WITH line AS MATERIALIZED (
        SELECT DISTINCT entry.gemeente, line.account_id, line.basis,
               coalesce(entry.performance_from, entry.booking_date) AS first_day,
               coalesce(entry.performance_until - 1, entry.booking_date) AS last_day
        FROM added AS entry
        CROSS JOIN LATERAL (
            SELECT known.account_id, known.basis FROM ledger.posting AS known
            WHERE known.gemeente = entry.gemeente AND known.chain_number = entry.chain_number
              AND known.position = entry.position AND known.basis <> '' OFFSET 0) AS line
        WHERE entry.reverses IS NULL
    ), used AS MATERIALIZED (
        SELECT DISTINCT line.gemeente, line.basis, left(account.colour, -5) AS source,
               line.first_day, line.last_day
        FROM line
        CROSS JOIN LATERAL (
            SELECT known.colour FROM ledger.account AS known
            WHERE known.gemeente = line.gemeente AND known.account_id = line.account_id OFFSET 0
        ) AS account
    )
    SELECT used.* INTO wrong FROM used
    WHERE NOT EXISTS (
        SELECT 1 FROM domains.rule_days AS rule
        WHERE rule.gemeente IN ('', used.gemeente) AND rule.rule_id = used.basis
          AND used.source = ANY (rule.sources) AND rule.outcome <> 'NIET'
          AND rule.from_date <= used.first_day AND used.last_day < rule.until_date
          AND (rule.gemeente <> '' OR NOT EXISTS (
              SELECT 1 FROM domains.rule_days AS own
              WHERE own.gemeente = used.gemeente AND own.rule_id = used.basis
                AND own.from_date <= used.last_day AND used.first_day < own.until_date)))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'regel % laat % niet betalen voor % tot en met %',
            wrong.basis, wrong.source, wrong.first_day, wrong.last_day
            USING ERRCODE = 'OS010',
                  HINT = 'Kies een regel van de bron van het middel, die op die dagen geldt.';
    END IF;
    RETURN NULL;
END
$$
---
CREATE TRIGGER lawful AFTER INSERT ON ledger.entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION domains.check_basis()
---
REVOKE ALL ON FUNCTION domains.check_basis, domains.check_rule FROM PUBLIC
---
GRANT SELECT ON domains.source TO ontschot_app
---
GRANT SELECT, INSERT ON domains.rule TO ontschot_app
---
ALTER TABLE domains.rule ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON domains.rule
    USING (gemeente IN ('', current_setting('ontschot.gemeente', true)))
    WITH CHECK (gemeente = current_setting('ontschot.gemeente', true))
