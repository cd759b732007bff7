-- ── Transformations and their runs ───────────────────────────────────────────────────────────

-- A dbt project, and how it is to be built; after each successful job of a connection, if it names one. What is secret
-- of `environment` is in pipeline.secrets, `{"$secret": id}` in its place.
CREATE TABLE pipeline.transformations (
    transformation_id      uuid PRIMARY KEY,
    workspace_id           uuid NOT NULL REFERENCES pipeline.workspaces,
    name                   text NOT NULL,
    status                 text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'deprecated')),
    after_connection_id    uuid REFERENCES pipeline.connections,
    project                text NOT NULL,
    target                 text,
    selected               text[] NOT NULL,
    excluded               text[] NOT NULL,
    variables              jsonb NOT NULL,
    environment            jsonb NOT NULL,
    blocks_on_failed_tests boolean NOT NULL,
    makes_docs             boolean NOT NULL,
    timeout_s              double precision NOT NULL CHECK (timeout_s > 0),
    retries                integer NOT NULL CHECK (retries >= 0),
    created_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.transformations (workspace_id, created_at);
CREATE INDEX ON pipeline.transformations (after_connection_id) WHERE status = 'active';

-- Who has the lease works on a run; a lease that ran out is another's to take, and `tries` tells one holder from the
-- next. A run that was cancelled keeps its lease until its dbt is gone: until then no other of its transformation runs.
CREATE TABLE pipeline.transformation_runs (
    transformation_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transformation_id     uuid NOT NULL REFERENCES pipeline.transformations,
    workspace_id          uuid NOT NULL REFERENCES pipeline.workspaces,
    run_id                uuid NOT NULL UNIQUE,
    status                text NOT NULL DEFAULT 'pending'
                          CHECK (status IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    asked_by              text NOT NULL,
    after_job_id          bigint REFERENCES pipeline.jobs,
    parent_run            jsonb,
    retry_of              bigint REFERENCES pipeline.transformation_runs,
    retried               integer NOT NULL DEFAULT 0,  -- how often in a row Atlas itself has tried again before it
    tries                 integer NOT NULL DEFAULT 0,
    lease_until           timestamptz,
    host                  text,
    dbt_version           text,
    step                  text,
    nodes_done            integer NOT NULL DEFAULT 0,
    nodes_total           integer,
    warnings              text[] NOT NULL DEFAULT '{}',
    failure               jsonb,
    log_bytes             bigint NOT NULL DEFAULT 0,
    log_dropped           bigint NOT NULL DEFAULT 0,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at                timestamptz,
    started_at            timestamptz,
    ended_at              timestamptz
);
CREATE INDEX ON pipeline.transformation_runs (transformation_id, transformation_run_id);
CREATE INDEX ON pipeline.transformation_runs (workspace_id, transformation_run_id);
CREATE INDEX ON pipeline.transformation_runs (after_job_id) WHERE after_job_id IS NOT NULL;
CREATE INDEX ON pipeline.transformation_runs (transformation_run_id) WHERE status IN ('pending', 'running');
CREATE UNIQUE INDEX ON pipeline.transformation_runs (transformation_id) WHERE status = 'running';

CREATE TABLE pipeline.transformation_nodes (
    transformation_run_id bigint NOT NULL REFERENCES pipeline.transformation_runs,
    unique_id             text NOT NULL,
    place                 integer NOT NULL,
    kind                  text NOT NULL,
    name                  text NOT NULL,
    status                text NOT NULL,
    message               text,
    rows                  bigint,
    failures              bigint,
    seconds               double precision NOT NULL,
    relation              text,
    PRIMARY KEY (transformation_run_id, unique_id)
);

CREATE TABLE pipeline.transformation_log_lines (
    line_id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transformation_run_id bigint NOT NULL REFERENCES pipeline.transformation_runs,
    at                    timestamptz NOT NULL,
    level                 smallint NOT NULL,
    message               text NOT NULL
);
CREATE INDEX ON pipeline.transformation_log_lines (transformation_run_id, line_id);

-- Packed by gzip, so that it is not packed again. `size_bytes` before.
CREATE TABLE pipeline.transformation_artifacts (
    transformation_run_id bigint NOT NULL REFERENCES pipeline.transformation_runs,
    name                  text NOT NULL,
    content               bytea NOT NULL,
    size_bytes            bigint NOT NULL,
    PRIMARY KEY (transformation_run_id, name)
);
ALTER TABLE pipeline.transformation_artifacts ALTER COLUMN content SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.transformations, pipeline.transformation_runs,
    pipeline.transformation_nodes, pipeline.transformation_log_lines, pipeline.transformation_artifacts TO atlas_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;

-- ── Which rows ───────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION pipeline.sees_transformation_run_id(id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT workspace_id FROM pipeline.transformation_runs WHERE transformation_run_id = id)
           = ANY (pipeline.seen_workspaces());
END $$;
REVOKE ALL ON FUNCTION pipeline.sees_transformation_run_id FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pipeline.sees_transformation_run_id TO atlas_app;

-- A run in lineage is an attempt's, or a transformation's.
CREATE OR REPLACE FUNCTION pipeline.sees_run_id(id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(
        (SELECT c.workspace_id FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
         JOIN pipeline.connections c USING (connection_id) WHERE a.run_id = id),
        (SELECT r.workspace_id FROM pipeline.transformation_runs r WHERE r.run_id = id)
    ) = ANY (pipeline.seen_workspaces());
END $$;

ALTER TABLE pipeline.transformations ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.transformation_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.transformation_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.transformation_log_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.transformation_artifacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_its_workspace ON pipeline.transformations TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]));
CREATE POLICY of_its_workspace ON pipeline.transformation_runs TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]));
CREATE POLICY of_its_workspace ON pipeline.transformation_nodes TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_transformation_run_id(transformation_run_id));
CREATE POLICY of_its_workspace ON pipeline.transformation_log_lines TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_transformation_run_id(transformation_run_id));
CREATE POLICY of_its_workspace ON pipeline.transformation_artifacts TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_transformation_run_id(transformation_run_id));

-- What a run read and wrote is of whoever sees the whole: the attempt, or the transformation's run. A part's own run is
-- nobody's by itself.
DROP POLICY of_its_workspace ON lineage.run_datasets;
CREATE POLICY of_its_workspace ON lineage.run_datasets TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_run_id(attempt_run_id));
DROP POLICY of_its_workspace ON lineage.run_derivations;
CREATE POLICY of_its_workspace ON lineage.run_derivations TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_run_id(attempt_run_id));

-- ── atlas_transformer ────────────────────────────────────────────────────────────────────────

-- What dbt works as: it reads what is published, and makes schemas of its own.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'atlas_transformer') THEN
        BEGIN
            CREATE ROLE atlas_transformer NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server is being migrated at the same moment
        END;
    END IF;
END $$;
DO $$
BEGIN
    GRANT atlas_reader TO atlas_transformer;
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO atlas_transformer', current_database());
    EXECUTE format('GRANT atlas_transformer TO %I', current_user);
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation OR unique_violation THEN
    NULL;  -- the roles were made by somebody else, who grants them; docs/dbt.md says which
END $$;
