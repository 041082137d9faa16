-- Who is signed in. A row goes when its session ends.
CREATE SCHEMA access
---
CREATE TABLE access.session (
    gemeente      text        NOT NULL,
    token_sha256  bytea       NOT NULL CHECK (length(token_sha256) = 32),
    subject       text        NOT NULL,
    client        text        NOT NULL,
    roles         text[]      NOT NULL,
    teams         text[]      NOT NULL,
    display_name  text        NOT NULL,
    began_at      timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (gemeente, token_sha256)
)
---
CREATE INDEX ix_session_subject ON access.session (gemeente, subject)
---
GRANT USAGE ON SCHEMA access TO ontschot_app
---
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at) ON access.session TO ontschot_app
---
ALTER TABLE access.session ENABLE ROW LEVEL SECURITY
---
CREATE POLICY own_gemeente ON access.session
    USING (gemeente = current_setting('ontschot.gemeente', true))
