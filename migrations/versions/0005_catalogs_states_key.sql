-- What is held against what is there now: a source's catalog, a state's connector, the mask key.

-- ── What sources offer ───────────────────────────────────────────────────────────────────────

-- When a connection's source was last asked what it offers. `offered`: the streams' names, to know a new
-- one by; null where they are too many to keep. A connection without a row was made from a fresh catalog.
CREATE TABLE pipeline.catalog_looks (
    connection_id uuid PRIMARY KEY REFERENCES pipeline.connections,
    looked_at     timestamptz NOT NULL DEFAULT now(),
    offered       jsonb
);

-- The schema that a stream was last seen with, where it is not the configured one: that was told. `digest`
-- is of its fields and types, empty if the source offers the stream no more; `difference` holds names alone.
CREATE TABLE pipeline.seen_schemas (
    stream_id  bigint PRIMARY KEY REFERENCES pipeline.streams,
    digest     text NOT NULL,
    difference jsonb NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT now()
);

-- ── Whose states they are ────────────────────────────────────────────────────────────────────

-- The connector that an attempt read with, and so that its states are of. Insert only.
CREATE TABLE pipeline.attempt_connectors (
    attempt_id bigint PRIMARY KEY REFERENCES pipeline.attempts,
    connector  text NOT NULL,
    version    text NOT NULL
);

-- ── Which key made the rows ──────────────────────────────────────────────────────────────────

-- One row: an HMAC under the mask key, by which another key is known for another. Never the key.
CREATE TABLE pipeline.mask_key (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    fingerprint text NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.catalog_looks, pipeline.seen_schemas,
    pipeline.attempt_connectors, pipeline.mask_key TO atlas_app;
