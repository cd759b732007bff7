-- When connections are synced, what happens to jobs, who is told of it, and what attempts say.

-- ── When ─────────────────────────────────────────────────────────────────────────────────────

-- A connection without a row is synced by hand. `next_window_at` is the window that fires next,
-- `next_run_at` when it is looked at: later by the jitter, or by a wait for the job before it.
CREATE TABLE pipeline.schedules (
    connection_id    uuid PRIMARY KEY REFERENCES pipeline.connections,
    kind             text NOT NULL CHECK (kind IN ('cron', 'basic', 'after')),
    cron             text,      -- as it was written
    time_zone        text NOT NULL DEFAULT 'UTC',
    every            integer CHECK (every > 0),
    unit             text CHECK (unit IN ('minutes', 'hours', 'days', 'weeks', 'months')),
    after_connection uuid REFERENCES pipeline.connections,
    after_job        bigint,    -- the newest success of that connection that was followed, or passed over
    on_missed        text NOT NULL DEFAULT 'collapse' CHECK (on_missed IN ('collapse', 'catch_up')),
    catch_up_limit   integer NOT NULL DEFAULT 10 CHECK (catch_up_limit BETWEEN 1 AND 1000),
    jitter_s         integer NOT NULL DEFAULT 0 CHECK (jitter_s BETWEEN 0 AND 86400),
    anchor_at        timestamptz NOT NULL DEFAULT now(),  -- where basic intervals are counted from
    next_window_at   timestamptz,
    next_run_at      timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (CASE kind WHEN 'cron' THEN cron IS NOT NULL
                     WHEN 'basic' THEN every IS NOT NULL AND unit IS NOT NULL
                     ELSE after_connection IS NOT NULL AND after_connection <> connection_id
                          AND after_job IS NOT NULL END),
    CHECK ((next_window_at IS NULL) = (next_run_at IS NULL))
);
CREATE INDEX ON pipeline.schedules (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX ON pipeline.schedules (after_connection) WHERE kind = 'after';

-- Append-only: what became of each window. `missed`: windows before it that nobody was there for, up to a
-- thousand. `job_id`: the job that began, or of a skipped window the one that was not over.
CREATE TABLE pipeline.schedule_events (
    event_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    window_at     timestamptz NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('fired', 'skipped', 'refused')),
    job_id        bigint REFERENCES pipeline.jobs,
    reason        text,
    missed        integer NOT NULL DEFAULT 0,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (connection_id, window_at)
);
CREATE INDEX ON pipeline.schedule_events (connection_id, event_id);

-- ── What happens to jobs ─────────────────────────────────────────────────────────────────────

-- Append-only. Of one job the ids are in the order of the commits: who has seen one has seen all before it.
CREATE TABLE pipeline.job_events (
    event_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id        bigint NOT NULL REFERENCES pipeline.jobs,
    connection_id uuid NOT NULL,
    attempt_id    bigint,
    kind          text NOT NULL,
    payload       jsonb NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.job_events (job_id, event_id);

-- Keeps an event and announces it. It runs when a transaction commits (the triggers are deferred), and
-- from the lock to the commit nobody else adds an event to the job.
CREATE FUNCTION pipeline.add_job_event(of_job bigint, of_attempt bigint, of_kind text, what jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE added bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('atlas.job_events', of_job));
    INSERT INTO pipeline.job_events (job_id, connection_id, attempt_id, kind, payload)
    SELECT j.job_id, j.connection_id, of_attempt, of_kind, jsonb_strip_nulls(what)
    FROM pipeline.jobs j WHERE j.job_id = of_job
    RETURNING event_id INTO added;
    PERFORM pg_notify('atlas_jobs', json_build_object('eventId', added, 'jobId', of_job)::text);
END $$;

-- A failure without its detail, which is for who may see the job.
CREATE FUNCTION pipeline.failure_in_short(failure jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN failure IS NULL THEN NULL
                ELSE jsonb_build_object('slug', failure -> 'slug', 'failure', failure -> 'failure',
                                        'title', failure -> 'title') END
$$;

CREATE FUNCTION pipeline.note_job() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline.add_job_event(NEW.job_id, NULL, 'job_' || NEW.status, jsonb_build_object(
        'jobType', NEW.job_type, 'mode', NEW.mode, 'failure', pipeline.failure_in_short(NEW.failure)));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_new_job AFTER INSERT ON pipeline.jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pipeline.note_job();
CREATE CONSTRAINT TRIGGER note_job AFTER UPDATE OF status ON pipeline.jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
EXECUTE FUNCTION pipeline.note_job();

CREATE FUNCTION pipeline.note_attempt() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM NEW.status THEN
        PERFORM pipeline.add_job_event(
            NEW.job_id, NEW.attempt_id,
            'attempt_' || CASE NEW.status WHEN 'running' THEN 'started' ELSE NEW.status END,
            jsonb_build_object('number', NEW.number, 'runId', NEW.run_id,
                               'failure', pipeline.failure_in_short(NEW.failure)));
    ELSE
        PERFORM pipeline.add_job_event(NEW.job_id, NEW.attempt_id, 'attempt_cancel_requested',
                                       jsonb_build_object('number', NEW.number));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_new_attempt AFTER INSERT ON pipeline.attempts
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pipeline.note_attempt();
CREATE CONSTRAINT TRIGGER note_attempt AFTER UPDATE OF status, cancel_requested ON pipeline.attempts
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status OR (NEW.cancel_requested AND NOT OLD.cancel_requested))
EXECUTE FUNCTION pipeline.note_attempt();

CREATE FUNCTION pipeline.note_promotion() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline.add_job_event(a.job_id, a.attempt_id, 'range_' || NEW.outcome, jsonb_build_object(
        'promotionId', NEW.promotion_id, 'stream', s.name, 'namespace', nullif(s.namespace, ''),
        'afterBatch', NEW.after_batch, 'lastBatch', NEW.last_batch,
        'charted', o.charted, 'quarantined', o.quarantined))
    FROM pipeline.attempts a
    JOIN pipeline.streams s ON s.stream_id = NEW.stream_id
    CROSS JOIN LATERAL (
        SELECT sum(b.charted) AS charted, sum(b.quarantined) AS quarantined
        FROM pipeline.batch_outcomes b WHERE b.promotion_id = NEW.promotion_id
          AND b.batch_id > NEW.after_batch AND b.batch_id <= NEW.last_batch
    ) o
    WHERE a.attempt_id = NEW.attempt_id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_promotion AFTER INSERT ON pipeline.promotions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pipeline.note_promotion();

-- ── Who is told ──────────────────────────────────────────────────────────────────────────────

CREATE TABLE pipeline.notification_rules (
    rule_id           uuid PRIMARY KEY,
    connection_id     uuid NOT NULL REFERENCES pipeline.connections,
    occasions         text[] NOT NULL CHECK (cardinality(occasions) > 0 AND occasions
                          <@ ARRAY['failure', 'recovery', 'schema_change', 'quarantine']),
    channel           text NOT NULL CHECK (channel IN ('webhook', 'email')),
    target            text NOT NULL,
    secret            text,  -- what a webhook is signed with
    quarantine_share  double precision NOT NULL DEFAULT 0 CHECK (quarantine_share >= 0 AND quarantine_share < 1),
    is_active         boolean NOT NULL DEFAULT true,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CHECK ((channel = 'webhook') = (secret IS NOT NULL))
);
CREATE INDEX ON pipeline.notification_rules (connection_id, created_at, rule_id);

-- The outbox: one row for each thing that somebody is to be told.
CREATE TABLE pipeline.notifications (
    notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id         uuid NOT NULL REFERENCES pipeline.notification_rules ON DELETE CASCADE,
    event_id        bigint NOT NULL,
    occasion        text NOT NULL,
    facts           jsonb NOT NULL,
    status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'dead')),
    tries           integer NOT NULL DEFAULT 0,
    next_try_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_failure    text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at        timestamptz,
    UNIQUE (rule_id, event_id, occasion)
) WITH (fillfactor = 70);
CREATE INDEX ON pipeline.notifications (next_try_at) WHERE status = 'waiting';

-- The occasions that an event is: it is in the transaction of the event, so neither is without the other.
CREATE FUNCTION pipeline.notify_of_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    occasion text;
    before   text;
    read     bigint;
    bad      bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pipeline.notification_rules
                   WHERE connection_id = NEW.connection_id AND is_active) THEN
        RETURN NULL;
    END IF;
    FOREACH occasion IN ARRAY ARRAY['failure', 'recovery', 'schema_change', 'quarantine'] LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pipeline.notification_rules r
                                  WHERE r.connection_id = NEW.connection_id AND r.is_active
                                    AND occasion = ANY (r.occasions));
        read := NULL;
        bad := NULL;
        CASE occasion
        WHEN 'failure' THEN
            CONTINUE WHEN NEW.kind <> 'job_failed';
        WHEN 'recovery' THEN
            CONTINUE WHEN NEW.kind <> 'job_succeeded';
            SELECT j.status INTO before FROM pipeline.jobs j
            WHERE j.connection_id = NEW.connection_id AND j.job_id < NEW.job_id
              AND j.status IN ('succeeded', 'failed')
            ORDER BY j.job_id DESC LIMIT 1;
            CONTINUE WHEN before IS DISTINCT FROM 'failed';
        WHEN 'schema_change' THEN
            CONTINUE WHEN NEW.kind <> 'schema_changed';
        WHEN 'quarantine' THEN
            CONTINUE WHEN NEW.kind NOT IN ('job_succeeded', 'job_failed');
            SELECT sum(l.read), sum(l.quarantined + l.rejected) INTO read, bad
            FROM pipeline.batch_ledger l WHERE l.job_id = NEW.job_id;
            CONTINUE WHEN coalesce(bad, 0) = 0;
        END CASE;
        INSERT INTO pipeline.notifications (rule_id, event_id, occasion, facts)
        SELECT r.rule_id, NEW.event_id, occasion, jsonb_strip_nulls(jsonb_build_object(
            'connectionId', NEW.connection_id, 'connection', c.name, 'jobId', NEW.job_id,
            'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'failure', NEW.payload -> 'failure', 'read', read, 'quarantined', bad,
            'stream', NEW.payload -> 'stream'))
        FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
        WHERE r.connection_id = NEW.connection_id AND r.is_active AND occasion = ANY (r.occasions)
          AND (occasion <> 'quarantine' OR bad > r.quarantine_share * read);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER notify_of_event AFTER INSERT ON pipeline.job_events
FOR EACH ROW EXECUTE FUNCTION pipeline.notify_of_event();

-- ── What attempts say ────────────────────────────────────────────────────────────────────────

CREATE TABLE pipeline.log_lines (
    line_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id bigint NOT NULL REFERENCES pipeline.attempts,
    at         timestamptz NOT NULL,
    level      smallint NOT NULL,  -- as Python's logging counts: 10 debug to 50 fatal
    speaker    text NOT NULL CHECK (speaker IN ('connector', 'atlas')),
    message    text NOT NULL,
    facts      jsonb
);
CREATE INDEX ON pipeline.log_lines (attempt_id, line_id);

-- What an attempt's lines are together; `dropped` are those over the limit.
CREATE TABLE pipeline.log_totals (
    attempt_id bigint PRIMARY KEY REFERENCES pipeline.attempts,
    lines      bigint NOT NULL DEFAULT 0,
    size_bytes bigint NOT NULL DEFAULT 0,
    dropped    bigint NOT NULL DEFAULT 0
);

GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.schedules, pipeline.schedule_events, pipeline.job_events,
    pipeline.notification_rules, pipeline.notifications, pipeline.log_lines, pipeline.log_totals TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;
