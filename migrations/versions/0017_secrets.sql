-- A secret is locked (AES-256-GCM) with a key of its own, and that key with the master key `kid`, which is not in the
-- database. Both locks are bound to workspace, owner and pointer: moved elsewhere, they do not open. `owner_id` is a
-- source; `fingerprint` tells that a value was sent again, and to whom has not the mask key nothing.
CREATE TABLE pipeline.secrets (
    secret_id    uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES pipeline.workspaces,
    owner_id     uuid NOT NULL,
    pointer      text NOT NULL,
    nonce        bytea NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext   bytea NOT NULL,
    wrapped_key  bytea NOT NULL,
    kid          text NOT NULL,
    fingerprint  text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    rotated_at   timestamptz,
    UNIQUE (owner_id, pointer)
);
CREATE INDEX ON pipeline.secrets (kid, secret_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.secrets TO atlas_app;

-- Since when the secrets that its connector's specification marks are no longer in `configuration`.
ALTER TABLE pipeline.sources ADD COLUMN sealed_at timestamptz;
