-- An Airbyte elsewhere. `client_secret` is `{"$secret": id}`, whose owner is the remote, or a reference to where it is
-- kept; null of the one that is from the environment, whose secret is read there.
CREATE TABLE pipeline.remotes (
    remote_id           uuid PRIMARY KEY,
    workspace_id        uuid NOT NULL REFERENCES pipeline.workspaces,
    name                text NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('airbyte')),
    api_url             text NOT NULL,
    config_api_url      text,
    client_id           text NOT NULL,
    client_secret       jsonb,
    is_from_environment boolean NOT NULL DEFAULT false,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at          timestamptz
);
CREATE INDEX ON pipeline.remotes (workspace_id, created_at, remote_id) WHERE deleted_at IS NULL;

-- Who moves a connection's records: Atlas, or the Airbyte that it is linked to. A job keeps who it was run by.
ALTER TABLE pipeline.connections
    ADD COLUMN engine text NOT NULL DEFAULT 'local' CHECK (engine IN ('local', 'airbyte_cloud'));
ALTER TABLE pipeline.jobs
    ADD COLUMN engine text NOT NULL DEFAULT 'local' CHECK (engine IN ('local', 'airbyte_cloud')),
    ADD COLUMN parent_run jsonb;

-- The connection at a remote that one of Atlas's stands for; it stays when the connection moves to Atlas's own engine.
-- `facts` as the remote told them when it was imported: its source, destination and schedule, names alone; the places of
-- secrets that it did not give. `elsewhere` names the datasets that it writes. `policy` says what a success must
-- show; `profile` how the destination is asked, its secrets locked (their owner is the connection).
CREATE TABLE pipeline.remote_links (
    connection_id        uuid PRIMARY KEY REFERENCES pipeline.connections,
    workspace_id         uuid NOT NULL REFERENCES pipeline.workspaces,
    remote_id            uuid NOT NULL REFERENCES pipeline.remotes,
    remote_connection_id uuid NOT NULL,
    facts                jsonb NOT NULL,
    elsewhere            jsonb NOT NULL,
    policy               jsonb NOT NULL DEFAULT '{}',
    profile              jsonb,
    linked_at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.remote_links (remote_id, remote_connection_id);

-- A job at a remote that a job of Atlas began or adopted. The row is there before the remote is asked: without a
-- `remote_job_id` it says that a job younger than `after_job` may be ours. Absent rows and bytes are not none of them.
CREATE TABLE pipeline.remote_runs (
    remote_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id        bigint NOT NULL REFERENCES pipeline.jobs,
    attempt_id    bigint NOT NULL REFERENCES pipeline.attempts,
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    remote_id     uuid NOT NULL REFERENCES pipeline.remotes,
    remote_connection_id uuid NOT NULL,
    after_job     bigint NOT NULL,
    remote_job_id bigint,
    is_adopted    boolean NOT NULL DEFAULT false,
    status        text,
    rows          bigint,
    bytes         bigint,
    started_at    timestamptz,
    asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at       timestamptz,
    ended_at      timestamptz,
    verified      text CHECK (verified IN ('verified', 'unverified', 'failed')),
    reasons       jsonb NOT NULL DEFAULT '[]',
    end_tried_at  timestamptz
);
CREATE INDEX ON pipeline.remote_runs (job_id, remote_run_id);
CREATE INDEX ON pipeline.remote_runs (connection_id, remote_run_id);
CREATE INDEX ON pipeline.remote_runs (remote_run_id) WHERE ended_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.remotes, pipeline.remote_links, pipeline.remote_runs TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;

ALTER TABLE pipeline.remotes ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.remote_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE pipeline.remote_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_its_workspace ON pipeline.remotes TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]));
CREATE POLICY of_its_workspace ON pipeline.remote_links TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]));
CREATE POLICY of_its_workspace ON pipeline.remote_runs TO atlas_app
    USING ((SELECT pipeline.sees_everything()) OR pipeline.sees_connection_id(connection_id));

-- What the remote says of its job is an event of Atlas's, each time that it says something else.
CREATE FUNCTION pipeline.note_remote_run() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline.add_job_event(NEW.job_id, NEW.attempt_id, 'remote_seen', jsonb_build_object(
        'remoteJobId', NEW.remote_job_id, 'status', NEW.status, 'adopted', NEW.is_adopted, 'rows', NEW.rows,
        'bytes', NEW.bytes, 'verification', NEW.verified));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_remote_run AFTER UPDATE OF remote_job_id, status, verified ON pipeline.remote_runs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.remote_job_id, OLD.status, OLD.verified) IS DISTINCT FROM (NEW.remote_job_id, NEW.status, NEW.verified))
EXECUTE FUNCTION pipeline.note_remote_run();
