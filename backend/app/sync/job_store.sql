-- name: create_job
-- A pending job, unless the connection has one that is not over. $1 connection_id   $2 job_type
INSERT INTO pipeline.jobs (connection_id, job_type, status) VALUES ($1, $2, 'pending')
ON CONFLICT (connection_id) WHERE status IN ('pending', 'running') DO NOTHING
RETURNING job_id;

-- name: active_job
-- $1 connection_id
SELECT job_id FROM pipeline.jobs WHERE connection_id = $1 AND status IN ('pending', 'running');

-- name: get_job
-- $1 job_id
SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
       j.ended_at, j.updated_at, a.run_id, a.number AS attempts
FROM pipeline.jobs j
LEFT JOIN LATERAL (
    SELECT run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
WHERE j.job_id = $1;

-- name: list_jobs
-- $1 connection_ids   $2 status   $3 job_type   $4 created from   $5 created to   $6 updated from
-- $7 updated to   $8 limit   $9 offset   $10 workspace_ids
SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
       j.ended_at, j.updated_at, a.run_id, a.number AS attempts
FROM pipeline.jobs j
JOIN pipeline.connections n USING (connection_id)
LEFT JOIN LATERAL (
    SELECT run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
WHERE ($1::uuid[] IS NULL OR j.connection_id = ANY ($1))
  AND ($10::uuid[] IS NULL OR n.workspace_id = ANY ($10))
  AND ($2::text IS NULL OR j.status = $2)
  AND ($3::text IS NULL OR j.job_type = $3)
  AND ($4::timestamptz IS NULL OR j.created_at >= $4)
  AND ($5::timestamptz IS NULL OR j.created_at <= $5)
  AND ($6::timestamptz IS NULL OR j.updated_at >= $6)
  AND ($7::timestamptz IS NULL OR j.updated_at <= $7)
ORDER BY {order}
LIMIT $8 OFFSET $9;

-- name: start_job
-- A job that is not over is running from now on. $1 job_id   $2 mode
UPDATE pipeline.jobs
SET status = 'running', mode = $2, started_at = coalesce(started_at, now()), updated_at = now()
WHERE job_id = $1 AND status IN ('pending', 'running')
RETURNING connection_id;

-- name: finish_job
-- $1 job_id   $2 status   $3 failure
UPDATE pipeline.jobs
SET status = $2, failure = $3::jsonb, ended_at = now(), updated_at = now()
WHERE job_id = $1 AND status IN ('pending', 'running')
RETURNING job_id;

-- name: request_cancel
-- $1 job_id
UPDATE pipeline.attempts SET cancel_requested = true WHERE job_id = $1 AND status = 'running';

-- name: begin_attempt
-- $1 job_id   $2 run_id
INSERT INTO pipeline.attempts (job_id, number, run_id)
SELECT $1, coalesce(max(number), 0) + 1, $2 FROM pipeline.attempts WHERE job_id = $1
RETURNING attempt_id, number, epoch, run_id;

-- name: end_attempt
-- $1 attempt_id   $2 epoch   $3 failure   $4 seconds by stage
UPDATE pipeline.attempts
SET status = CASE WHEN $3::jsonb IS NULL THEN 'succeeded' ELSE 'failed' END, failure = $3::jsonb,
    seconds = $4::jsonb, ended_at = now()
WHERE attempt_id = $1 AND epoch = $2 AND status = 'running'
RETURNING attempt_id;

-- name: take_over
-- Fence off a dead worker: whatever it still writes finds another epoch. $1 job_id
UPDATE pipeline.attempts
SET epoch = epoch + 1, status = 'failed', ended_at = now(),
    failure = '{"slug": "worker-died", "failure": "transient_error", "title": "The worker died",
                "detail": "The process that ran this attempt is gone; the job goes on from what was committed."}'
WHERE job_id = $1 AND status = 'running'
RETURNING attempt_id;

-- name: status
-- $1 job_id
SELECT status FROM pipeline.jobs WHERE job_id = $1;

-- name: made_progress
-- $1 attempt_id
SELECT EXISTS (SELECT FROM pipeline.checkpoints WHERE attempt_id = $1 AND through_batch_id > 0);

-- name: fence
-- Holds off takeover, cancel and close until this transaction ends; lets other landings and
-- promotions of the attempt run beside it. $1 attempt_id   $2 epoch
SELECT attempt_id FROM pipeline.attempts
WHERE attempt_id = $1 AND epoch = $2 AND status = 'running' AND NOT cancel_requested
FOR SHARE;

-- name: own
-- $1 job_id
SELECT pg_try_advisory_lock(hashtextextended('atlas.job', $1));

-- name: disown
-- $1 job_id
SELECT pg_advisory_unlock(hashtextextended('atlas.job', $1));

-- name: earlier_mode
-- The mode of a job of this connection that landed records, where it was another one. $1 job_id   $2 mode
SELECT e.mode FROM pipeline.jobs j
JOIN pipeline.jobs e ON e.connection_id = j.connection_id AND e.mode <> $2
WHERE j.job_id = $1 AND EXISTS (
    SELECT FROM pipeline.attempts a JOIN pipeline.batches b USING (attempt_id)
    WHERE a.job_id = e.job_id AND b.voided_at IS NULL)
LIMIT 1;
