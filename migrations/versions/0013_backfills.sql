-- ── A range of the cursor, read once more ────────────────────────────────────────────────────

-- The parts of a backfill, in the order in which they are read: cursors in [since, until). `state` is the
-- newest that the connector has sent of a part, for the next attempt at it; the connection's own stays as it is.
CREATE TABLE pipeline.backfill_chunks (
    job_id       bigint  NOT NULL REFERENCES pipeline.jobs,
    number       integer NOT NULL,
    since        text    NOT NULL,
    until        text    NOT NULL,
    state        json,
    reached      text,
    explored     bigint  NOT NULL DEFAULT 0,
    out_of_range bigint  NOT NULL DEFAULT 0,
    started_at   timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (job_id, number)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON pipeline.backfill_chunks TO atlas_app;

-- Records that a source sent beside the range that it was read for. Explore does not have them.
ALTER TABLE pipeline.batches ADD COLUMN out_of_range integer NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW pipeline.batch_ledger AS
SELECT a.job_id, b.attempt_id, b.stream_id, b.batch_id,
       b.read, b.explored + coalesce(d.explored, 0) AS explored, b.rejected + coalesce(d.rejected, 0) AS rejected,
       b.unchanged,
       coalesce(o.charted, 0) + coalesce(d.charted, 0) AS charted,
       coalesce(o.superseded, 0) + coalesce(d.superseded, 0) AS superseded,
       coalesce(o.quarantined, 0) + coalesce(d.quarantined, 0) AS quarantined,
       coalesce(o.deleted, 0) + coalesce(d.deleted, 0) AS deleted,
       CASE WHEN o.batch_id IS NULL THEN b.explored ELSE 0 END AS held,
       coalesce(o.versions, 0) + coalesce(d.versions, 0) AS versions,
       b.size_bytes,
       b.read = b.explored + b.rejected + b.unchanged + b.out_of_range + coalesce(d.explored + d.rejected, 0)
           AND (CASE WHEN o.batch_id IS NULL THEN 0 ELSE b.explored END) + coalesce(d.explored, 0)
               = coalesce(o.charted + o.superseded + o.quarantined + o.deleted, 0)
               + coalesce(d.charted + d.superseded + d.quarantined + d.deleted, 0)
           AS is_balanced,
       b.out_of_range
FROM pipeline.batches b
JOIN pipeline.attempts a USING (attempt_id)
LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
LEFT JOIN (
    SELECT batch_id, sum(explored)::int AS explored, sum(rejected)::int AS rejected, sum(charted)::int AS charted,
           sum(superseded)::int AS superseded, sum(quarantined)::int AS quarantined,
           sum(deleted)::int AS deleted, sum(versions)::int AS versions
    FROM pipeline.batch_adjustments GROUP BY batch_id
) d USING (batch_id)
WHERE b.voided_at IS NULL;

CREATE OR REPLACE VIEW pipeline.ledger AS
SELECT j.job_id, s.stream_id, s.namespace, s.name, s.table_name, s.position,
       coalesce(sum(l.read), 0)::bigint AS read, coalesce(sum(l.rejected), 0)::bigint AS rejected,
       coalesce(sum(l.unchanged), 0)::bigint AS unchanged, coalesce(sum(l.explored), 0)::bigint AS explored,
       coalesce(sum(l.charted), 0)::bigint AS charted, coalesce(sum(l.superseded), 0)::bigint AS superseded,
       coalesce(sum(l.quarantined), 0)::bigint AS quarantined, coalesce(sum(l.deleted), 0)::bigint AS deleted,
       coalesce(sum(l.held), 0)::bigint AS held, coalesce(sum(l.versions), 0)::bigint AS versions,
       coalesce(sum(l.size_bytes), 0)::bigint AS size_bytes,
       coalesce(bool_and(l.is_balanced), true) AS is_balanced,
       coalesce(sum(l.out_of_range), 0)::bigint AS out_of_range
FROM pipeline.jobs j
JOIN pipeline.streams s ON s.connection_id = j.connection_id AND s.selected
LEFT JOIN pipeline.batch_ledger l ON l.job_id = j.job_id AND l.stream_id = s.stream_id
GROUP BY j.job_id, s.stream_id;

-- A backfill says nothing of whether the next sync will succeed: it is no recovery.
CREATE OR REPLACE FUNCTION pipeline.notify_of_event() RETURNS trigger
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
            CONTINUE WHEN NEW.kind <> 'job_succeeded' OR NEW.payload ->> 'jobType' IN ('replay', 'rebuild', 'clear', 'reset', 'backfill');
            SELECT j.status INTO before FROM pipeline.jobs j
            WHERE j.connection_id = NEW.connection_id AND j.job_id < NEW.job_id
              AND j.status IN ('succeeded', 'failed') AND j.job_type NOT IN ('replay', 'rebuild', 'clear', 'reset', 'backfill')
            ORDER BY j.job_id DESC LIMIT 1;
            CONTINUE WHEN before IS DISTINCT FROM 'failed';
        WHEN 'schema_change' THEN
            CONTINUE WHEN NEW.kind <> 'schema_changed';
        WHEN 'quarantine' THEN
            CONTINUE WHEN NEW.kind NOT IN ('job_succeeded', 'job_failed');
            SELECT sum(q.read), sum(q.bad) INTO read, bad FROM pipeline.quarantine_of_jobs q WHERE q.job_id = NEW.job_id;
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

-- ── Which columns make a version ─────────────────────────────────────────────────────────────

-- The fields whose change is a new version; none: all of them.
ALTER TABLE pipeline.streams ADD COLUMN check_cols text[] NOT NULL DEFAULT '{}';
