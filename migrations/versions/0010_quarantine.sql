-- Quarantine: looked at, corrected, dismissed, replayed; how much of it a job may leave behind.

-- ── What is kept ─────────────────────────────────────────────────────────────────────────────

-- 128 bits of SHA-256 over a record as text: what tells one broken record that is sent again from another.
CREATE FUNCTION quarantine.digest(record text) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(substr(sha256(convert_to(record, 'UTF8')), 1, 16), 'hex')::uuid
$$;

-- `fixed`: a correction waits. `replayed`: explore, or chart, has it now. `dismissed`: left out for good.
ALTER TABLE quarantine.explore_records
    ADD COLUMN content_hash uuid,
    DROP CONSTRAINT explore_records_status_check,
    ADD CONSTRAINT explore_records_status_check
        CHECK (status IN ('kept', 'mended', 'fixed', 'replayed', 'dismissed'));
ALTER TABLE quarantine.chart_records
    ADD COLUMN content_hash uuid,
    DROP CONSTRAINT chart_records_status_check,
    ADD CONSTRAINT chart_records_status_check CHECK (status IN ('kept', 'fixed', 'replayed', 'dismissed'));
UPDATE quarantine.explore_records
SET content_hash = CASE WHEN octet_length(head) < size_bytes THEN gen_random_uuid()
                        ELSE encode(substr(sha256(head), 1, 16), 'hex')::uuid END;
UPDATE quarantine.chart_records SET content_hash = quarantine.digest(data::text);
ALTER TABLE quarantine.explore_records ALTER COLUMN content_hash SET NOT NULL;
ALTER TABLE quarantine.chart_records ALTER COLUMN content_hash SET NOT NULL;
CREATE INDEX ON quarantine.explore_records (stream_id, content_hash);
CREATE INDEX ON quarantine.chart_records (stream_id, content_hash);

-- What is kept at either boundary, without a value of it.
CREATE VIEW quarantine.records AS
SELECT 'explore'::text AS boundary, quarantine_id, stream_id, batch_id, seq, string_to_array(rule, ',') AS rules,
       reason, status, content_hash, seen_at
FROM quarantine.explore_records
UNION ALL
SELECT 'chart', quarantine_id, stream_id, batch_id, seq, rules, reason, status, content_hash, seen_at
FROM quarantine.chart_records;

-- ── What people decide ───────────────────────────────────────────────────────────────────────

-- The whole record as it should have been sent, in the place of the one that was; explore stays as it is.
-- It counts from `applied_at` on, and for every later projection of its batch.
CREATE TABLE quarantine.fixes (
    batch_id     bigint NOT NULL REFERENCES pipeline.batches,
    seq          integer NOT NULL,
    stream_id    bigint NOT NULL REFERENCES pipeline.streams,
    data         jsonb NOT NULL,
    content_hash uuid NOT NULL,
    fixed_by     text NOT NULL,
    fixed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_at   timestamptz,
    PRIMARY KEY (batch_id, seq)
);
CREATE INDEX ON quarantine.fixes (stream_id, batch_id) WHERE applied_at IS NOT NULL;

-- Append-only: who decided what of a record, and when. `refused`: a replay that the rules refused again.
CREATE TABLE quarantine.decisions (
    decision_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    boundary      text NOT NULL CHECK (boundary IN ('explore', 'chart')),
    quarantine_id bigint NOT NULL,
    decision      text NOT NULL CHECK (decision IN ('fixed', 'dismissed', 'replayed', 'refused')),
    decided_by    text NOT NULL,
    job_id        bigint REFERENCES pipeline.jobs,
    note          text,
    decided_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON quarantine.decisions (boundary, quarantine_id, decision_id);

-- A rule that a stream's records need not keep: `required:` or `type:` and a column.
CREATE TABLE quarantine.waivers (
    stream_id bigint NOT NULL REFERENCES pipeline.streams,
    rule      text NOT NULL CHECK (rule ~ '^(required|type):'),
    waived_by text NOT NULL,
    waived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, rule)
);

-- RFC 7396. In the database, because jsonb keeps numbers as they are written and Python's floats do not.
CREATE FUNCTION quarantine.merged(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF jsonb_typeof(patch) <> 'object' THEN
        RETURN patch;
    END IF;
    RETURN (
        SELECT coalesce(jsonb_object_agg(key, CASE WHEN p.value IS NULL THEN t.value
                                                   ELSE quarantine.merged(t.value, p.value) END), '{}')
        FROM jsonb_each(CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END) t
        FULL JOIN jsonb_each(patch) p USING (key)
        WHERE p.value IS DISTINCT FROM 'null'
    );
END $$;

-- ── Replays ──────────────────────────────────────────────────────────────────────────────────

CREATE TABLE quarantine.replays (
    job_id   bigint PRIMARY KEY REFERENCES pipeline.jobs,
    asked_by text NOT NULL
);

-- The records that a job replays; `fate` is what became of each, null while nothing has.
CREATE TABLE quarantine.replay_records (
    job_id        bigint NOT NULL REFERENCES quarantine.replays,
    boundary      text NOT NULL CHECK (boundary IN ('explore', 'chart')),
    quarantine_id bigint NOT NULL,
    fate          text CHECK (fate IN ('charted', 'superseded', 'deleted', 'quarantined')),
    PRIMARY KEY (job_id, boundary, quarantine_id)
);
CREATE INDEX ON quarantine.replay_records (boundary, quarantine_id);

-- ── The books ────────────────────────────────────────────────────────────────────────────────

ALTER TABLE pipeline.promotions
    DROP CONSTRAINT promotions_outcome_check,
    ADD CONSTRAINT promotions_outcome_check CHECK (outcome IN ('published', 'held', 'replayed'));

-- Append-only: what a replay changed of a batch's books, to be added to them. The promotion names the job.
CREATE TABLE pipeline.batch_adjustments (
    promotion_id bigint NOT NULL REFERENCES pipeline.promotions,
    batch_id     bigint NOT NULL REFERENCES pipeline.batches,
    explored     integer NOT NULL,
    rejected     integer NOT NULL,
    charted      integer NOT NULL,
    superseded   integer NOT NULL,
    quarantined  integer NOT NULL,
    deleted      integer NOT NULL,
    versions     integer NOT NULL,
    PRIMARY KEY (promotion_id, batch_id)
);

-- One row a batch. `held`: landed, and not (yet) published.
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
       b.read = b.explored + b.rejected + b.unchanged + coalesce(d.explored + d.rejected, 0)
           AND (CASE WHEN o.batch_id IS NULL THEN 0 ELSE b.explored END) + coalesce(d.explored, 0)
               = coalesce(o.charted + o.superseded + o.quarantined + o.deleted, 0)
               + coalesce(d.charted + d.superseded + d.quarantined + d.deleted, 0)
           AS is_balanced
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

-- ── How much is too much ─────────────────────────────────────────────────────────────────────

-- Of what a job read, how much is in quarantine at either boundary, by stream.
CREATE VIEW pipeline.quarantine_of_jobs AS
SELECT job_id, stream_id, sum(read)::bigint AS read, sum(quarantined + rejected)::bigint AS bad
FROM pipeline.batch_ledger GROUP BY job_id, stream_id;

-- A connection without a row has no limit. `share` of the records that a job read of a stream, 0..1; both
-- are the most that is still right.
CREATE TABLE quarantine.limits (
    connection_id uuid PRIMARY KEY REFERENCES pipeline.connections,
    share         double precision CHECK (share >= 0 AND share <= 1),
    records       bigint CHECK (records >= 0),
    on_exceeded   text NOT NULL CHECK (on_exceeded IN ('fail', 'warn')),
    CHECK (share IS NOT NULL OR records IS NOT NULL)
);

-- ── What is told: a replay is no recovery, and its events count what it moved ────────────────

CREATE OR REPLACE FUNCTION pipeline.note_promotion() RETURNS trigger
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
        FROM (SELECT charted, quarantined FROM pipeline.batch_outcomes
              WHERE promotion_id = NEW.promotion_id
                AND batch_id > NEW.after_batch AND batch_id <= NEW.last_batch
              UNION ALL
              SELECT charted, quarantined FROM pipeline.batch_adjustments
              WHERE NEW.outcome = 'replayed' AND promotion_id = NEW.promotion_id) b
    ) o
    WHERE a.attempt_id = NEW.attempt_id;
    RETURN NULL;
END $$;

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
            CONTINUE WHEN NEW.kind <> 'job_succeeded' OR NEW.payload ->> 'jobType' IN ('replay', 'rebuild', 'clear', 'reset');
            SELECT j.status INTO before FROM pipeline.jobs j
            WHERE j.connection_id = NEW.connection_id AND j.job_id < NEW.job_id
              AND j.status IN ('succeeded', 'failed') AND j.job_type NOT IN ('replay', 'rebuild', 'clear', 'reset')
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

GRANT SELECT, INSERT, UPDATE, DELETE ON quarantine.fixes, quarantine.decisions, quarantine.waivers,
    quarantine.replays, quarantine.replay_records, quarantine.limits, pipeline.batch_adjustments TO atlas_app;
GRANT SELECT ON pipeline.quarantine_of_jobs, quarantine.records TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA quarantine TO atlas_app;
GRANT SELECT ON ALL TABLES IN SCHEMA quarantine TO atlas_raw_reader;
