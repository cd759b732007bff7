-- Who may do what where, and what was done. No secret stands here: only hashes of what was random.

CREATE SCHEMA access;
CREATE SCHEMA audit;

CREATE TABLE access.users (
    user_id       uuid PRIMARY KEY,
    email         text NOT NULL CHECK (email = lower(email)),
    name          text NOT NULL,
    password_hash text,  -- argon2id; none until the user's link was followed
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (email)
);

CREATE TABLE access.applications (
    application_id uuid PRIMARY KEY,
    client_id      text NOT NULL UNIQUE,
    secret_hash    bytea NOT NULL,
    name           text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- A role in one workspace, or in all there are and will be.
CREATE TABLE access.grants (
    user_id        uuid REFERENCES access.users ON DELETE CASCADE,
    application_id uuid REFERENCES access.applications ON DELETE CASCADE,
    workspace_id   uuid REFERENCES pipeline.workspaces ON DELETE CASCADE,
    role           text NOT NULL CHECK (role IN ('viewer', 'operator', 'editor', 'admin')),
    CHECK ((user_id IS NULL) <> (application_id IS NULL)),
    UNIQUE NULLS NOT DISTINCT (user_id, application_id, workspace_id)
);
CREATE INDEX ON access.grants (application_id);

CREATE TABLE access.sessions (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES access.users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON access.sessions (user_id);
CREATE INDEX ON access.sessions (expires_at);

-- One of them lets its bearer set the user's password, once.
CREATE TABLE access.links (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES access.users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON access.links (user_id);

-- Each entry's hash is of the one before it as well; `head` is what the next one goes on from.
CREATE TABLE audit.entries (
    entry_id     bigint PRIMARY KEY,
    recorded_at  timestamptz NOT NULL,
    workspace_id uuid,
    actor_kind   text NOT NULL,
    actor_id     text NOT NULL,
    actor_name   text NOT NULL,
    action       text NOT NULL,
    subject      text NOT NULL,
    facts        jsonb NOT NULL,
    request_id   text NOT NULL,
    hash         bytea NOT NULL
);
CREATE INDEX ON audit.entries (workspace_id, entry_id);
CREATE INDEX ON audit.entries (actor_id, entry_id);

CREATE TABLE audit.head (
    is_head  boolean PRIMARY KEY DEFAULT true CHECK (is_head),
    entry_id bigint NOT NULL,
    hash     bytea NOT NULL
);
INSERT INTO audit.head (entry_id, hash) VALUES (0, '\x');

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

GRANT USAGE ON SCHEMA access, audit TO atlas_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA access TO atlas_app;
GRANT SELECT, INSERT ON audit.entries TO atlas_app;
GRANT SELECT, UPDATE ON audit.head TO atlas_app;
