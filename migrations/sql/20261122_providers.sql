-- Who delivers help (aanbieder), at what price, and what was delivered. A draw may name a provider
-- by its code or by its name; provider_name holds both without differences in capitals and spaces,
-- so that each leads to one provider.
CREATE TABLE domains.provider (
    gemeente     text        NOT NULL,
    provider_id  uuid        NOT NULL,
    code         text        NOT NULL CHECK (code <> ''),
    name         text        NOT NULL CHECK (name <> ''),
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_provider PRIMARY KEY (gemeente, provider_id),
    CONSTRAINT uq_provider_code UNIQUE (gemeente, code)
)
---
CREATE TABLE domains.provider_name (
    gemeente     text NOT NULL,
    known_as     text NOT NULL CHECK (known_as <> ''),
    provider_id  uuid NOT NULL,
    CONSTRAINT pk_provider_name PRIMARY KEY (gemeente, known_as),
    CONSTRAINT fk_provider_name_provider FOREIGN KEY (gemeente, provider_id)
        REFERENCES domains.provider (gemeente, provider_id)
)
---
-- How a provider stands from a day on; a later version takes over from its first day.
CREATE TABLE domains.provider_standing (
    gemeente     text        NOT NULL,
    provider_id  uuid        NOT NULL,
    version      integer     NOT NULL CHECK (version > 0),
    standing_id  uuid        NOT NULL,
    from_date    date        NOT NULL,
    quality      text        NOT NULL CHECK (quality IN ('voldoet', 'voldoet-niet', 'onbekend')),
    is_barred    boolean     NOT NULL,
    reason       text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text        NOT NULL,
    CONSTRAINT pk_provider_standing PRIMARY KEY (gemeente, provider_id, version),
    CONSTRAINT uq_provider_standing UNIQUE (gemeente, standing_id),
    CONSTRAINT ck_provider_standing_reason
        CHECK (reason <> '' OR NOT is_barred AND quality <> 'voldoet-niet'),
    CONSTRAINT fk_provider_standing_provider FOREIGN KEY (gemeente, provider_id)
        REFERENCES domains.provider (gemeente, provider_id)
)
---
-- By whom help was bought (inkoopschaal) decides the taakveld of youth help.
CREATE TABLE domains.contract (
    gemeente        text        NOT NULL,
    contract_id     uuid        NOT NULL,
    provider_id     uuid        NOT NULL,
    reference       text        NOT NULL CHECK (reference <> ''),
    purchase_scale  text        NOT NULL
        CHECK (purchase_scale IN ('lokaal', 'regionaal', 'landelijk')),
    from_date       date        NOT NULL,
    until_date      date        CHECK (until_date > from_date),
    recorded_at     timestamptz NOT NULL,
    actor           text        NOT NULL,
    CONSTRAINT pk_contract PRIMARY KEY (gemeente, contract_id),
    CONSTRAINT uq_contract_reference UNIQUE (gemeente, provider_id, reference),
    CONSTRAINT fk_contract_provider FOREIGN KEY (gemeente, provider_id)
        REFERENCES domains.provider (gemeente, provider_id)
)
---
-- What a unit of a product costs under a contract, in ten-thousandths of a euro; a later version
-- takes over from its first day.
CREATE TABLE domains.tariff (
    gemeente          text        NOT NULL,
    tariff_id         uuid        NOT NULL,
    contract_id       uuid        NOT NULL,
    product_category  text        NOT NULL CHECK (product_category ~ '^[0-9]{2}$'),
    product_code      text        NOT NULL CHECK (product_code ~ '^[A-Z0-9]{1,5}$'),
    unit              text        NOT NULL CHECK (unit IN (
        'minuut', 'uur', 'etmaal', 'dagdeel', 'stuk', 'euro', 'stuk-inspanning')),
    version           integer     NOT NULL CHECK (version > 0),
    tariff_e4         bigint      NOT NULL CHECK (tariff_e4 > 0),
    rounding          text        NOT NULL
        CHECK (rounding IN ('half-omhoog', 'half-naar-even', 'naar-beneden')),
    from_date         date        NOT NULL,
    recorded_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    CONSTRAINT pk_tariff PRIMARY KEY (gemeente, tariff_id),
    CONSTRAINT uq_tariff_version
        UNIQUE (gemeente, contract_id, product_category, product_code, unit, version),
    CONSTRAINT fk_tariff_contract FOREIGN KEY (gemeente, contract_id)
        REFERENCES domains.contract (gemeente, contract_id)
)
---
-- Between which tariffs a product has a fair price (reële prijs), by the study that found it.
CREATE TABLE domains.tariff_band (
    gemeente          text        NOT NULL,
    band_id           uuid        NOT NULL,
    product_category  text        NOT NULL CHECK (product_category ~ '^[0-9]{2}$'),
    product_code      text        NOT NULL CHECK (product_code ~ '^[A-Z0-9]{1,5}$'),
    unit              text        NOT NULL CHECK (unit IN (
        'minuut', 'uur', 'etmaal', 'dagdeel', 'stuk', 'euro', 'stuk-inspanning')),
    version           integer     NOT NULL CHECK (version > 0),
    low_e4            bigint      NOT NULL CHECK (low_e4 > 0),
    high_e4           bigint      NOT NULL CHECK (high_e4 >= low_e4),
    from_date         date        NOT NULL,
    study             text        NOT NULL CHECK (study <> ''),
    recorded_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    CONSTRAINT pk_tariff_band PRIMARY KEY (gemeente, band_id),
    CONSTRAINT uq_tariff_band_version
        UNIQUE (gemeente, product_category, product_code, unit, version)
)
---
-- The lines of price times quantity (P x Q) of a draw, each priced by one version of a tariff, by
-- the decision that granted them.
CREATE TABLE domains.draw_line (
    gemeente          text    NOT NULL,
    draw_id           uuid    NOT NULL,
    line              integer NOT NULL CHECK (line > 0),
    decision_number   integer NOT NULL,
    product_category  text    NOT NULL,
    product_code      text    NOT NULL,
    unit              text    NOT NULL,
    volume_e4         bigint  NOT NULL CHECK (volume_e4 >= 0),
    tariff_e4         bigint  NOT NULL CHECK (tariff_e4 > 0),
    rounding          text    NOT NULL,
    tariff_version    integer NOT NULL CHECK (tariff_version >= 0),
    purchase_scale    text,
    signal            text    NOT NULL,
    from_date         date    NOT NULL,
    until_date        date    NOT NULL,
    amount_cents      bigint  NOT NULL CHECK (amount_cents >= 0),
    CONSTRAINT pk_draw_line PRIMARY KEY (gemeente, draw_id, line),
    CONSTRAINT ck_draw_line_days CHECK (from_date < until_date),
    CONSTRAINT fk_draw_line_decision FOREIGN KEY (gemeente, draw_id, decision_number)
        REFERENCES domains.draw_decision (gemeente, draw_id, number)
)
---
-- What a provider said that it delivered, and what became of that. A delivery that waited for a
-- raise is taken up again by a later one, which names it.
CREATE TABLE domains.delivery (
    gemeente      text        NOT NULL,
    delivery_id   uuid        NOT NULL,
    draw_id       uuid        NOT NULL,
    line          integer     NOT NULL CHECK (line >= 0),
    person_id     uuid,
    from_date     date        NOT NULL,
    until_date    date        NOT NULL,
    volume_e4     bigint,
    asked_cents   bigint,
    amount_cents  bigint      NOT NULL,
    document      text        NOT NULL,
    resumes       uuid,
    outcome       text        NOT NULL
        CHECK (outcome IN ('geleverd', 'geweigerd', 'wacht-op-verhoging')),
    refusal       text        NOT NULL,
    sentence      text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    actor         text        NOT NULL,
    entries       uuid[]      NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (gemeente, delivery_id),
    CONSTRAINT ck_delivery_outcome CHECK ((outcome = 'geleverd') = (refusal = '')
        AND (outcome = 'geleverd') = (entries <> '{}')),
    CONSTRAINT fk_delivery_draw FOREIGN KEY (gemeente, draw_id)
        REFERENCES domains.draw (gemeente, draw_id),
    CONSTRAINT fk_delivery_resumes FOREIGN KEY (gemeente, resumes)
        REFERENCES domains.delivery (gemeente, delivery_id)
)
---
CREATE INDEX ix_delivery_draw ON domains.delivery (gemeente, draw_id)
---
-- A delivery that waits is taken up once; if it still does not fit, the next one waits.
CREATE UNIQUE INDEX uq_delivery_resumes ON domains.delivery (gemeente, resumes)
    WHERE resumes IS NOT NULL
---
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'provider', 'provider_name', 'provider_standing', 'contract', 'tariff', 'tariff_band',
        'draw_line', 'delivery'] LOOP
        EXECUTE format('GRANT SELECT, INSERT ON domains.%I TO ontschot_app', name);
        EXECUTE format('ALTER TABLE domains.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_gemeente ON domains.%I'
            ' USING (gemeente = current_setting(''ontschot.gemeente'', true))', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
            ' ON domains.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', name);
    END LOOP;
END
$$
