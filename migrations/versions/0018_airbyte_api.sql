-- What Airbyte's clients write is shown to them again as they wrote it (decision 0038): json keeps the order.

ALTER TABLE pipeline.workspaces
    ADD COLUMN as_sent    json NOT NULL DEFAULT '{}',
    ADD COLUMN deleted_at timestamptz;
ALTER TABLE pipeline.sources ADD COLUMN resource_allocation json;
ALTER TABLE pipeline.destinations
    ADD COLUMN resource_allocation json,
    ADD COLUMN deleted_at          timestamptz;
ALTER TABLE pipeline.connections ADD COLUMN as_sent json NOT NULL DEFAULT '{}';
-- Null of a stream that nobody named: it was taken with all others, by its source's defaults.
ALTER TABLE pipeline.streams ADD COLUMN as_sent json;

CREATE TABLE pipeline.tags (
    tag_id       uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES pipeline.workspaces,
    name         text NOT NULL,
    color        text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, name)
);
CREATE TABLE pipeline.connection_tags (
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    tag_id        uuid NOT NULL REFERENCES pipeline.tags ON DELETE CASCADE,
    workspace_id  uuid NOT NULL REFERENCES pipeline.workspaces,
    position      integer NOT NULL,
    PRIMARY KEY (connection_id, tag_id)
);
CREATE INDEX ON pipeline.connection_tags (tag_id);

-- What a source offered when it was asked last; gone when its configuration changes.
CREATE TABLE pipeline.source_catalogs (
    source_id    uuid PRIMARY KEY REFERENCES pipeline.sources,
    workspace_id uuid NOT NULL REFERENCES pipeline.workspaces,
    catalog      json NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT now()
);

-- Who made a job, as `{kind}:{id}`, and when somebody first asked for it by its id: who never heard the
-- answer to his wish and repeats it gets the job that it made.
ALTER TABLE pipeline.jobs
    ADD COLUMN created_by text,
    ADD COLUMN polled_at  timestamptz;
CREATE INDEX jobs_in_order ON pipeline.jobs (created_at, job_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.tags, pipeline.connection_tags, pipeline.source_catalogs TO atlas_app;
