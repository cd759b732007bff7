-- The books of Atlas: what is connected, what ran, what landed, what became of it.

CREATE SCHEMA IF NOT EXISTS pipeline;
CREATE SCHEMA explore;
CREATE SCHEMA staging;
CREATE SCHEMA chart;
CREATE SCHEMA navigate;
CREATE SCHEMA quarantine;
CREATE SCHEMA pii;
CREATE SCHEMA quality;
CREATE SCHEMA lineage;

-- ── What is connected ────────────────────────────────────────────────────────────────────────

CREATE TABLE pipeline.workspaces (
    workspace_id uuid PRIMARY KEY,
    name         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pipeline.connectors (
    name           text PRIMARY KEY,
    version        text NOT NULL,
    command        text[] NOT NULL,
    sha256         text NOT NULL,
    python_version text NOT NULL,
    installed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pipeline.sources (
    source_id     uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL REFERENCES pipeline.workspaces,
    name          text NOT NULL,
    connector     text NOT NULL,
    configuration jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON pipeline.sources (workspace_id, created_at, source_id);

CREATE TABLE pipeline.destinations (
    destination_id uuid PRIMARY KEY,
    workspace_id   uuid NOT NULL REFERENCES pipeline.workspaces,
    name           text NOT NULL,
    configuration  jsonb NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pipeline.connections (
    connection_id  uuid PRIMARY KEY,
    workspace_id   uuid NOT NULL REFERENCES pipeline.workspaces,
    source_id      uuid NOT NULL REFERENCES pipeline.sources,
    destination_id uuid NOT NULL REFERENCES pipeline.destinations,
    name           text NOT NULL,
    status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    -- what becomes of a value that does not fit its column, and of keys that a full refresh lacks
    on_misfit      text NOT NULL DEFAULT 'quarantine' CHECK (on_misfit IN ('quarantine', 'null')),
    hard_deletes   text NOT NULL DEFAULT 'invalidate' CHECK (hard_deletes IN ('ignore', 'invalidate')),
    -- what becomes of a job whose full refresh returns nothing, or that ends with held records
    on_empty       text NOT NULL DEFAULT 'fail' CHECK (on_empty IN ('fail', 'allow')),
    on_held        text NOT NULL DEFAULT 'fail' CHECK (on_held IN ('fail', 'allow')),
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON pipeline.connections (workspace_id, created_at, connection_id);
CREATE INDEX ON pipeline.connections (source_id);

-- A stream keeps its table's name for ever, whatever is renamed around it.
CREATE TABLE pipeline.streams (
    stream_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id  uuid NOT NULL REFERENCES pipeline.connections,
    namespace      text NOT NULL DEFAULT '',
    name           text NOT NULL,
    table_name     text NOT NULL UNIQUE,
    position       integer NOT NULL,
    selected       boolean NOT NULL DEFAULT true,
    sync_mode      text NOT NULL,
    cursor_field   text[] NOT NULL,
    primary_key    jsonb NOT NULL,
    stream         json NOT NULL,  -- as the catalog has it; json keeps the order of its fields
    has_rest       boolean NOT NULL,
    generation_id  bigint NOT NULL DEFAULT 0,
    schema_version integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (connection_id, namespace, name)
);

CREATE TABLE pipeline.columns (
    stream_id      bigint NOT NULL REFERENCES pipeline.streams,
    position       integer NOT NULL,
    field          text NOT NULL,
    column_name    text NOT NULL,
    type           text NOT NULL,
    is_required    boolean NOT NULL,
    schema_version integer NOT NULL,
    PRIMARY KEY (stream_id, field),
    UNIQUE (stream_id, column_name)
);

-- ── What ran ─────────────────────────────────────────────────────────────────────────────────

CREATE TABLE pipeline.jobs (
    job_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id    uuid NOT NULL REFERENCES pipeline.connections,
    job_type         text NOT NULL,
    status           text NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    mode             text CHECK (mode IN ('real', 'mock')),
    failure          jsonb,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    ended_at         timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX jobs_one_active ON pipeline.jobs (connection_id) WHERE status IN ('pending', 'running');
CREATE INDEX ON pipeline.jobs (connection_id, job_id);

-- An attempt's row is what the fence locks; it is narrow and updated in place.
CREATE TABLE pipeline.attempts (
    attempt_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id           bigint NOT NULL REFERENCES pipeline.jobs,
    number           integer NOT NULL,
    run_id           uuid NOT NULL UNIQUE,
    epoch            bigint NOT NULL DEFAULT 1,
    status           text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'succeeded', 'failed')),
    cancel_requested boolean NOT NULL DEFAULT false,
    failure          jsonb,
    seconds          jsonb NOT NULL DEFAULT '{}',
    started_at       timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz,
    UNIQUE (job_id, number)
) WITH (fillfactor = 50);

-- ── What landed ──────────────────────────────────────────────────────────────────────────────

CREATE SEQUENCE pipeline.batch_ids;

-- What is the same for all records of a batch stands here once. Inserted, never counted up; only
-- voided: a batch that no state covers is taken back when its attempt dies (decision 0009).
CREATE TABLE pipeline.batches (
    batch_id      bigint PRIMARY KEY,
    attempt_id    bigint NOT NULL REFERENCES pipeline.attempts,
    stream_id     bigint NOT NULL REFERENCES pipeline.streams,
    generation_id bigint NOT NULL,
    read          integer NOT NULL,
    explored      integer NOT NULL,
    rejected      integer NOT NULL,
    unchanged     integer NOT NULL DEFAULT 0,
    size_bytes    bigint NOT NULL,
    extracted_at  timestamptz NOT NULL,
    landed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    voided_at     timestamptz
);
CREATE INDEX ON pipeline.batches (stream_id, batch_id);
CREATE INDEX ON pipeline.batches (attempt_id);

-- Append-only: the newest row of a descriptor counts. `message` is the AirbyteStateMessage as sent.
CREATE TABLE pipeline.connector_state (
    state_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    attempt_id    bigint REFERENCES pipeline.attempts,
    kind          text NOT NULL CHECK (kind IN ('STREAM', 'GLOBAL', 'LEGACY')),
    namespace     text NOT NULL DEFAULT '',
    name          text NOT NULL DEFAULT '',
    message       json NOT NULL,
    committed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.connector_state (connection_id, kind, namespace, name, state_id);

-- How far a stream's batches are covered by a state, or by the stream's end: only these may be published.
CREATE TABLE pipeline.checkpoints (
    stream_id        bigint NOT NULL REFERENCES pipeline.streams,
    attempt_id       bigint NOT NULL REFERENCES pipeline.attempts,
    through_batch_id bigint NOT NULL,
    is_complete      boolean NOT NULL,
    recorded_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.checkpoints (stream_id, through_batch_id);

-- ── What became of it ────────────────────────────────────────────────────────────────────────

CREATE TABLE pipeline.promotions (
    promotion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id    bigint NOT NULL REFERENCES pipeline.streams,
    attempt_id   bigint NOT NULL REFERENCES pipeline.attempts,
    after_batch  bigint NOT NULL,
    last_batch   bigint NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('published', 'held')),
    reason       text,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.promotions (attempt_id);
CREATE INDEX ON pipeline.promotions (stream_id, last_batch);

-- A stream's newest published batch, and the newest `recorded_at` of its history.
CREATE TABLE pipeline.watermarks (
    stream_id     bigint PRIMARY KEY REFERENCES pipeline.streams,
    batch_id      bigint NOT NULL,
    recorded_at   timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE pipeline.batch_outcomes (
    batch_id     bigint PRIMARY KEY REFERENCES pipeline.batches,
    promotion_id bigint NOT NULL REFERENCES pipeline.promotions,
    charted      integer NOT NULL,
    superseded   integer NOT NULL,
    quarantined  integer NOT NULL,
    deleted      integer NOT NULL,
    versions     integer NOT NULL
);

CREATE TABLE quarantine.explore_records (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id     bigint NOT NULL REFERENCES pipeline.streams,
    batch_id      bigint NOT NULL REFERENCES pipeline.batches,
    seq           integer,
    rule          text NOT NULL,
    reason        text NOT NULL,
    status        text NOT NULL DEFAULT 'kept' CHECK (status IN ('kept', 'mended')),
    head          bytea NOT NULL,
    size_bytes    bigint NOT NULL,
    seen_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON quarantine.explore_records (stream_id, batch_id);

CREATE TABLE quarantine.chart_records (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id     bigint NOT NULL REFERENCES pipeline.streams,
    batch_id      bigint NOT NULL REFERENCES pipeline.batches,
    seq           integer NOT NULL,
    rules         text[] NOT NULL,
    reason        text NOT NULL,
    status        text NOT NULL DEFAULT 'kept' CHECK (status IN ('kept')),
    data          jsonb NOT NULL,
    seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (batch_id, seq)
);
CREATE INDEX ON quarantine.chart_records (stream_id, batch_id);

-- Append-only: the newest row of a path counts. No value is ever in `evidence`.
CREATE TABLE pii.column_decisions (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id   bigint NOT NULL REFERENCES pipeline.streams,
    path        text[] NOT NULL,
    verdict     text NOT NULL,
    entity      text,
    confidence  double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    action      text NOT NULL CHECK (action IN ('mask', 'pass')),
    evidence    jsonb NOT NULL,
    decided_by  text NOT NULL CHECK (decided_by IN ('atlas', 'person')),
    decided_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pii.column_decisions (stream_id, path, decision_id);

CREATE TABLE quality.scores (
    promotion_id bigint NOT NULL REFERENCES pipeline.promotions,
    dimension    text NOT NULL,
    score        double precision CHECK (score BETWEEN 0 AND 1),
    measured     bigint NOT NULL,
    method       text NOT NULL,
    PRIMARY KEY (promotion_id, dimension)
);

CREATE TABLE quality.check_results (
    promotion_id bigint NOT NULL REFERENCES pipeline.promotions,
    position     integer NOT NULL,
    engine       text NOT NULL,
    check_name   text NOT NULL,
    column_name  text,
    outcome      text NOT NULL CHECK (outcome IN ('pass', 'warn', 'fail')),
    measured     double precision,
    PRIMARY KEY (promotion_id, position)
);

CREATE TABLE lineage.outbox (
    event_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       uuid NOT NULL,
    job_name     text NOT NULL,
    event_type   text NOT NULL,
    event        jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz
);
CREATE INDEX ON lineage.outbox (event_id) WHERE delivered_at IS NULL;
CREATE INDEX ON lineage.outbox (run_id);

-- ── The books, derived ───────────────────────────────────────────────────────────────────────

-- One row a batch. `held`: landed, and not (yet) published.
CREATE VIEW pipeline.batch_ledger AS
SELECT a.job_id, b.attempt_id, b.stream_id, b.batch_id,
       b.read, b.explored, b.rejected, b.unchanged,
       coalesce(o.charted, 0) AS charted, coalesce(o.superseded, 0) AS superseded,
       coalesce(o.quarantined, 0) AS quarantined, coalesce(o.deleted, 0) AS deleted,
       CASE WHEN o.batch_id IS NULL THEN b.explored ELSE 0 END AS held,
       coalesce(o.versions, 0) AS versions,
       b.size_bytes,
       b.read = b.explored + b.rejected + b.unchanged
           AND (o.batch_id IS NULL OR b.explored = o.charted + o.superseded + o.quarantined + o.deleted)
           AS is_balanced
FROM pipeline.batches b
JOIN pipeline.attempts a USING (attempt_id)
LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
WHERE b.voided_at IS NULL;

-- One row a job and stream; a stream of which nothing was read has a row of zeros.
CREATE VIEW pipeline.ledger AS
SELECT j.job_id, s.stream_id, s.namespace, s.name, s.table_name, s.position,
       coalesce(sum(l.read), 0)::bigint AS read, coalesce(sum(l.rejected), 0)::bigint AS rejected,
       coalesce(sum(l.unchanged), 0)::bigint AS unchanged, coalesce(sum(l.explored), 0)::bigint AS explored,
       coalesce(sum(l.charted), 0)::bigint AS charted, coalesce(sum(l.superseded), 0)::bigint AS superseded,
       coalesce(sum(l.quarantined), 0)::bigint AS quarantined, coalesce(sum(l.deleted), 0)::bigint AS deleted,
       coalesce(sum(l.held), 0)::bigint AS held, coalesce(sum(l.versions), 0)::bigint AS versions,
       coalesce(sum(l.size_bytes), 0)::bigint AS size_bytes,
       coalesce(bool_and(l.is_balanced), true) AS is_balanced
FROM pipeline.jobs j
JOIN pipeline.streams s ON s.connection_id = j.connection_id AND s.selected
LEFT JOIN pipeline.batch_ledger l ON l.job_id = j.job_id AND l.stream_id = s.stream_id
GROUP BY j.job_id, s.stream_id;

-- ── Casts that ask before they fail ──────────────────────────────────────────────────────────

-- True if the text is a value of the type, by PostgreSQL's own input function.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'CREATE FUNCTION pipeline.fits(value text, type text) RETURNS boolean
                 LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT pg_input_is_valid(value, type)''';
    ELSE
        EXECUTE 'CREATE FUNCTION pipeline.fits(value text, type text) RETURNS boolean
                 LANGUAGE plpgsql STABLE AS ''
                 BEGIN
                     IF value IS NULL THEN RETURN NULL; END IF;
                     CASE type
                         WHEN ''''bigint'''' THEN PERFORM value::bigint;
                         WHEN ''''numeric'''' THEN PERFORM value::numeric;
                         WHEN ''''date'''' THEN PERFORM value::date;
                         WHEN ''''timestamptz'''' THEN PERFORM value::timestamptz;
                         WHEN ''''timestamp'''' THEN PERFORM value::timestamp;
                         WHEN ''''time'''' THEN PERFORM value::time;
                         WHEN ''''timetz'''' THEN PERFORM value::timetz;
                     END CASE;
                     RETURN true;
                 EXCEPTION WHEN data_exception THEN RETURN false;
                 END''';
    END IF;
END $$;

-- ── Who reads what ───────────────────────────────────────────────────────────────────────────

DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['atlas_reader', 'atlas_raw_reader', 'atlas_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database of this server is being migrated at the same moment
            END;
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA chart, navigate TO atlas_reader, atlas_raw_reader, atlas_app;
GRANT USAGE ON SCHEMA explore, quarantine TO atlas_raw_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA quarantine TO atlas_raw_reader;
GRANT USAGE, CREATE ON SCHEMA explore, staging, chart, navigate TO atlas_app;
GRANT USAGE ON SCHEMA pipeline, quarantine, pii, quality, lineage TO atlas_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pipeline, quarantine, pii, quality, lineage TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline, quarantine, pii, quality, lineage TO atlas_app;
