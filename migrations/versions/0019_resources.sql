-- What the API shows and keeps beside Airbyte's resources.

-- ── Connectors that are being installed ──────────────────────────────────────────────────────

-- A wish to install a connector, and what became of it. Who has the lease works on it; a lease that ran out is
-- another's to take, and `tries` tells one holder from the next.
CREATE TABLE pipeline.connector_installations (
    installation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connector       text NOT NULL,
    package         text NOT NULL,
    version         text NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
    asked_by        text NOT NULL,
    asked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at      timestamptz,
    ended_at        timestamptz,
    tries           integer NOT NULL DEFAULT 0,
    lease_until     timestamptz,
    host            text,
    python_version  text,
    steps           jsonb NOT NULL DEFAULT '[]',
    output          text[] NOT NULL DEFAULT '{}',
    failure         jsonb
);
CREATE UNIQUE INDEX connector_installations_one_active ON pipeline.connector_installations (connector)
    WHERE status IN ('pending', 'running');
CREATE INDEX ON pipeline.connector_installations (connector, installation_id);

-- ── States that a person has set ─────────────────────────────────────────────────────────────

CREATE TABLE pipeline.state_acts (
    act_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id  uuid NOT NULL REFERENCES pipeline.workspaces,
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    kind          text NOT NULL CHECK (kind IN ('set_back', 'given', 'cleared')),
    to_version    bigint,  -- the newest row of connector_state that counts again
    asked_by      text NOT NULL,
    reason        text NOT NULL,
    acted_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.state_acts (connection_id, act_id);

-- A state that was set back keeps the attempt that its connector saved it in.
ALTER TABLE pipeline.connector_state ADD COLUMN act_id bigint REFERENCES pipeline.state_acts;
CREATE INDEX ON pipeline.connector_state (connection_id, state_id);

-- ── What people say of datasets ──────────────────────────────────────────────────────────────

CREATE TABLE pipeline.dataset_labels (
    stream_id    bigint PRIMARY KEY REFERENCES pipeline.streams,
    workspace_id uuid NOT NULL REFERENCES pipeline.workspaces,
    description  text,
    tags         text[] NOT NULL DEFAULT '{}',
    owners       text[] NOT NULL DEFAULT '{}',
    changed_by   text NOT NULL,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- ── Who decided about personal data, and why ─────────────────────────────────────────────────

ALTER TABLE pii.column_decisions ADD COLUMN actor text, ADD COLUMN reason text;

-- ── What runs read and wrote ─────────────────────────────────────────────────────────────────

-- A row a run of a stream and dataset, as its last event tells of it; from these the graph of tables is drawn.
CREATE TABLE lineage.run_datasets (
    run_id         uuid NOT NULL,
    role           text NOT NULL CHECK (role IN ('input', 'output')),
    namespace      text NOT NULL,
    name           text NOT NULL,
    attempt_run_id uuid NOT NULL,
    job_namespace  text NOT NULL,
    job_name       text NOT NULL,
    event_type     text NOT NULL,
    rows           bigint,
    told_at        timestamptz NOT NULL,
    PRIMARY KEY (run_id, role, namespace, name)
);
CREATE INDEX ON lineage.run_datasets (namespace, name);
CREATE INDEX ON lineage.run_datasets (job_namespace, job_name);

-- The datasets that a dataset's columns came from in a run.
CREATE TABLE lineage.run_derivations (
    run_id         uuid NOT NULL,
    from_namespace text NOT NULL,
    from_name      text NOT NULL,
    to_namespace   text NOT NULL,
    to_name        text NOT NULL,
    attempt_run_id uuid NOT NULL,
    columns        integer NOT NULL,
    masked         integer NOT NULL,
    told_at        timestamptz NOT NULL,
    PRIMARY KEY (run_id, to_namespace, to_name, from_namespace, from_name)
);
CREATE INDEX ON lineage.run_derivations (to_namespace, to_name);
CREATE INDEX ON lineage.run_derivations (from_namespace, from_name);

CREATE FUNCTION lineage.note_datasets(attempt uuid, kind text, at timestamptz, event jsonb) RETURNS void
LANGUAGE sql AS $$
    WITH told AS (
        SELECT 'input' AS role, d.value AS dataset
        FROM jsonb_array_elements(coalesce(event -> 'inputs', '[]')) d
        UNION ALL
        SELECT 'output', d.value FROM jsonb_array_elements(coalesce(event -> 'outputs', '[]')) d
    ), noted AS (
        INSERT INTO lineage.run_datasets (run_id, role, namespace, name, attempt_run_id, job_namespace, job_name,
                                          event_type, rows, told_at)
        SELECT DISTINCT ON (t.role, t.dataset ->> 'namespace', t.dataset ->> 'name')
               (event -> 'run' ->> 'runId')::uuid, t.role, t.dataset ->> 'namespace', t.dataset ->> 'name', attempt,
               event -> 'job' ->> 'namespace', event -> 'job' ->> 'name', kind,
               coalesce(t.dataset -> 'outputFacets' -> 'outputStatistics' ->> 'rowCount',
                        t.dataset -> 'inputFacets' -> 'inputStatistics' ->> 'rowCount')::bigint, at
        FROM told t
        ON CONFLICT (run_id, role, namespace, name) DO UPDATE
            SET event_type = excluded.event_type, rows = coalesce(excluded.rows, run_datasets.rows),
                told_at = excluded.told_at
    )
    INSERT INTO lineage.run_derivations (run_id, from_namespace, from_name, to_namespace, to_name, attempt_run_id,
                                         columns, masked, told_at)
    SELECT (event -> 'run' ->> 'runId')::uuid, o.value ->> 'namespace', o.value ->> 'name',
           t.dataset ->> 'namespace', t.dataset ->> 'name', attempt, count(DISTINCT f.key),
           count(DISTINCT f.key) FILTER (WHERE o.value @? '$.transformations[*] ? (@.masking == true)'), at
    FROM told t
    CROSS JOIN LATERAL jsonb_each(coalesce(t.dataset -> 'facets' -> 'columnLineage' -> 'fields', '{}')) f
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(f.value -> 'inputFields', '[]')) o
    WHERE t.role = 'output'
    GROUP BY 2, 3, 4, 5
    ON CONFLICT (run_id, to_namespace, to_name, from_namespace, from_name) DO UPDATE
        SET columns = excluded.columns, masked = excluded.masked, told_at = excluded.told_at
$$;

CREATE FUNCTION lineage.note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lineage.note_datasets(NEW.run_id, NEW.event_type, NEW.created_at, NEW.event);
    RETURN NULL;
END $$;
CREATE TRIGGER datasets AFTER INSERT ON lineage.outbox FOR EACH ROW
    WHEN (NEW.event_type IN ('COMPLETE', 'FAIL', 'ABORT')) EXECUTE FUNCTION lineage.note_event();

DO $$
BEGIN
    PERFORM lineage.note_datasets(run_id, event_type, created_at, event)
    FROM (SELECT run_id, event_type, created_at, event FROM lineage.outbox
          WHERE event_type IN ('COMPLETE', 'FAIL', 'ABORT') ORDER BY event_id OFFSET 0) e;
END $$;
CREATE INDEX ON lineage.outbox (created_at, event_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.connector_installations, pipeline.state_acts, pipeline.dataset_labels,
    lineage.run_datasets, lineage.run_derivations TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;
