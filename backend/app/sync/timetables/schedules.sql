-- name: now
SELECT now();

-- name: get
-- $1 connection_id
SELECT kind, cron, time_zone, every, unit, after_connection, on_missed, catch_up_limit, jitter_s,
       anchor_at, next_window_at, next_run_at
FROM pipeline.schedules WHERE connection_id = $1;

-- name: list
-- $1 connection_ids
SELECT connection_id, kind, cron, time_zone, every, unit, after_connection, on_missed, catch_up_limit,
       jitter_s, anchor_at, next_window_at, next_run_at
FROM pipeline.schedules WHERE connection_id = ANY ($1::uuid[]);

-- name: remove
-- $1 connection_id
DELETE FROM pipeline.schedules WHERE connection_id = $1;

-- name: keep
-- What happened before it was set is not made up for. $1 connection_id   $2 kind   $3 cron   $4 time_zone
-- $5 every   $6 unit   $7 after_connection   $8 on_missed   $9 catch_up_limit   $10 jitter_s   $11 anchor_at
-- $12 next_window_at   $13 next_run_at
INSERT INTO pipeline.schedules (connection_id, kind, cron, time_zone, every, unit, after_connection, after_job,
                                on_missed, catch_up_limit, jitter_s, anchor_at, next_window_at, next_run_at)
SELECT $1::uuid, $2, $3, $4, $5, $6, $7::uuid,
       CASE WHEN $7::uuid IS NOT NULL THEN coalesce(
           (SELECT max(j.job_id) FROM pipeline.jobs j
            WHERE j.connection_id = $7 AND j.status = 'succeeded'), 0) END,
       $8, $9, $10, $11, $12, $13
ON CONFLICT (connection_id) DO UPDATE
SET kind = excluded.kind, cron = excluded.cron, time_zone = excluded.time_zone, every = excluded.every,
    unit = excluded.unit, after_connection = excluded.after_connection, after_job = excluded.after_job,
    on_missed = excluded.on_missed, catch_up_limit = excluded.catch_up_limit, jitter_s = excluded.jitter_s,
    anchor_at = excluded.anchor_at, next_window_at = excluded.next_window_at,
    next_run_at = excluded.next_run_at, updated_at = now();

-- name: one_at_a_time
-- Changes of what follows what wait for each other: two could close a circle together.
SELECT pg_advisory_xact_lock(hashtextextended('atlas.schedules', 0));

-- name: follows
-- True if a connection follows another, over however many between them. $1 connection_id   $2 the other
WITH RECURSIVE earlier AS (
    SELECT $1::uuid AS connection_id
    UNION
    SELECT s.after_connection FROM earlier e
    JOIN pipeline.schedules s USING (connection_id) WHERE s.kind = 'after'
)
SELECT EXISTS (SELECT FROM earlier WHERE connection_id = $2);

-- name: events
-- The newest first. $1 connection_id   $2 limit   $3 offset   $4 the newest of them, or null
SELECT event_id, window_at, kind, job_id, reason, missed, at
FROM pipeline.schedule_events WHERE connection_id = $1 AND ($4::bigint IS NULL OR event_id <= $4)
ORDER BY event_id DESC LIMIT $2 OFFSET $3;
