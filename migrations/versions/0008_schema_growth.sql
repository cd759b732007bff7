-- What becomes of a schema that changes without breaking; Airbyte's words and its default.
ALTER TABLE pipeline.connections
    ADD COLUMN on_schema_change text NOT NULL DEFAULT 'ignore'
        CHECK (on_schema_change IN ('ignore', 'propagate_columns', 'propagate_fully', 'disable_connection'));

ALTER TABLE pipeline.columns
    ADD COLUMN contract text NOT NULL DEFAULT 'evolve'
        CHECK (contract IN ('evolve', 'freeze', 'discard_value', 'discard_row'));

-- The schemas that a stream was read by, as the source gave them: which, since when, by whose word.
CREATE TABLE pipeline.schema_versions (
    stream_id  bigint NOT NULL REFERENCES pipeline.streams,
    version    integer NOT NULL,
    stream     json NOT NULL,
    adopted_by text NOT NULL CHECK (adopted_by IN ('connected', 'policy', 'person')),
    job_id     bigint REFERENCES pipeline.jobs,
    adopted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, version)
);
INSERT INTO pipeline.schema_versions (stream_id, version, stream, adopted_by, adopted_at)
SELECT stream_id, schema_version, stream, 'connected', created_at FROM pipeline.streams;

-- A change that a source was seen with. `stream` is what it offers now, null if it no longer does;
-- `changes` name fields and types, never values. The newest that is pending of a stream counts.
CREATE TABLE pipeline.schema_changes (
    change_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id   bigint NOT NULL REFERENCES pipeline.streams,
    job_id      bigint NOT NULL REFERENCES pipeline.jobs,
    stream      json,
    changes     jsonb NOT NULL,
    is_breaking boolean NOT NULL,
    status      text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'adopted', 'rejected', 'overtaken')),
    version     integer,
    found_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at  timestamptz
);
CREATE UNIQUE INDEX schema_changes_one_pending ON pipeline.schema_changes (stream_id) WHERE status = 'pending';
CREATE INDEX ON pipeline.schema_changes (stream_id, change_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.schema_versions, pipeline.schema_changes TO atlas_app;
