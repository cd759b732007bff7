-- name: due
-- The first schedule whose time has come, locked until the transaction ends; other ticks pass it by. Followed
-- is a job that brought data: not a clear, a rebuild, a replay, or an older generation that was brought back. Who follows and
-- has a job that is not over is not due before that is: as it has no time that moves, it would be the first each time.
-- $1 connection_ids that this tick has seen
SELECT s.connection_id, s.kind, s.cron, s.time_zone, s.every, s.unit, s.after_connection, s.on_missed,
       s.catch_up_limit, s.jitter_s, s.anchor_at, s.next_window_at, s.next_run_at,
       n.status = 'active' AS is_active, now() AS now,
       f.job_id AS followed_job, f.ended_at AS followed_at
FROM pipeline.schedules s
JOIN pipeline.connections n USING (connection_id)
LEFT JOIN LATERAL (
    SELECT j.job_id, j.ended_at FROM pipeline.jobs j
    WHERE s.kind = 'after' AND j.connection_id = s.after_connection AND j.status = 'succeeded'
      AND j.job_id > s.after_job
      AND j.job_type IN ('sync', 'refresh', 'backfill') AND j.options ->> 'generation' IS NULL
    ORDER BY j.job_id DESC LIMIT 1
) f ON true
WHERE s.connection_id <> ALL ($1::uuid[])
  AND (s.next_run_at <= now()
       OR (s.kind = 'after'
           AND EXISTS (
               SELECT FROM pipeline.jobs j WHERE j.connection_id = s.after_connection
                 AND j.status = 'succeeded' AND j.job_id > s.after_job
                 AND j.job_type IN ('sync', 'refresh', 'backfill') AND j.options ->> 'generation' IS NULL)
           AND (n.status <> 'active' OR NOT EXISTS (
               SELECT FROM pipeline.jobs o WHERE o.connection_id = s.connection_id AND o.status IN ('pending', 'running')))))
ORDER BY s.next_run_at NULLS LAST, s.connection_id
LIMIT 1
FOR UPDATE OF s SKIP LOCKED;

-- name: move
-- $1 connection_id   $2 next_window_at   $3 next_run_at
UPDATE pipeline.schedules SET next_window_at = $2, next_run_at = $3 WHERE connection_id = $1;

-- name: followed
-- $1 connection_id   $2 the job that was followed
UPDATE pipeline.schedules SET after_job = $2 WHERE connection_id = $1;

-- name: until_next
-- Seconds until the next schedule is due, or null.
SELECT extract(epoch FROM min(next_run_at) - clock_timestamp())::double precision
FROM pipeline.schedules WHERE next_run_at IS NOT NULL;

-- name: active_job
-- $1 connection_id
SELECT job_id FROM pipeline.jobs WHERE connection_id = $1 AND status IN ('pending', 'running');

-- name: note
-- $1 connection_id   $2 window_at   $3 kind   $4 job_id   $5 reason   $6 missed
INSERT INTO pipeline.schedule_events (connection_id, window_at, kind, job_id, reason, missed)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (connection_id, window_at) DO NOTHING
RETURNING event_id;

-- name: no_longer_than
-- A process that is stopped in the middle of this transaction loses it after so long.
SET LOCAL idle_in_transaction_session_timeout = '{seconds}s';
