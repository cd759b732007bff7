-- name: create_job
-- A pending job, unless the connection has one that is not over, or is not active. The connection stays
-- as it is until it is there: FOR SHARE holds off a pause or a deletion, and no landing.
-- $1 connection_id   $2 job_type   $3 due at   $4 options   $5 whoever wished for it   $6 the run it is a part of
WITH active AS (
    SELECT connection_id, engine FROM pipeline.connections WHERE connection_id = $1 AND status = 'active' FOR SHARE
)
INSERT INTO pipeline.jobs (connection_id, job_type, status, due_at, options, created_by, engine, parent_run)
SELECT connection_id, $2, 'pending', $3, $4::jsonb, $5, engine, $6::jsonb FROM active
ON CONFLICT (connection_id) WHERE status IN ('pending', 'running') DO NOTHING
RETURNING job_id;

-- name: is_active
-- $1 connection_id
SELECT status = 'active' FROM pipeline.connections WHERE connection_id = $1;

-- name: active_job
-- $1 connection_id
SELECT job_id FROM pipeline.jobs WHERE connection_id = $1 AND status IN ('pending', 'running');

-- name: unheard
-- A job that is not over and that nobody has asked for by its id. $1 connection_id   $2 job_type   $3 options
-- $4 whoever wished for it   $5 seconds since
SELECT job_id FROM pipeline.jobs
WHERE connection_id = $1 AND status IN ('pending', 'running') AND job_type = $2 AND options = $3::jsonb
  AND created_by = $4 AND polled_at IS NULL AND due_at IS NULL
  AND created_at > clock_timestamp() - make_interval(secs => $5::float8);

-- name: lock_active
-- The connection's job that is not over; whether it is a sync that only waits for its time. $1 connection_id
SELECT job_id, coalesce(due_at > now(), false) AND job_type NOT IN ('replay', 'rebuild', 'backfill')
               AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')
               AS is_waiting
FROM pipeline.jobs j WHERE connection_id = $1 AND status IN ('pending', 'running')
FOR UPDATE OF j;

-- name: lock_job
-- Whoever ends, moves or queues a job has its row first, and the attempt's after it: always in this
-- order, so that nobody waits in a circle. $1 job_id
SELECT status FROM pipeline.jobs WHERE job_id = $1 FOR UPDATE;

-- name: terms
-- What holds for a job's attempts, the connection's own or the settings'.
-- $1 job_id   $2 first wait   $3 factor   $4 cap
SELECT n.connection_id, n.workspace_id, n.queue, n.priority, j.due_at,
       j.queued_at IS NOT NULL AS is_let_in,
       coalesce(n.retry_wait_s, $2::float8) AS retry_wait_s, coalesce(n.retry_factor, $3::float8) AS retry_factor,
       coalesce(n.retry_cap_s, $4::float8) AS retry_cap_s, n.max_duration_s,
       (n.max_duration_s - extract(epoch FROM clock_timestamp() - j.started_at))::float8 AS left_s,
       CASE WHEN j.engine <> 'local' THEN coalesce((e.policy ->> 'max_retries')::integer, 3) + 1 END AS attempts_elsewhere
FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
LEFT JOIN pipeline.remote_links e USING (connection_id)
WHERE j.job_id = $1;

-- name: wait_for
-- $1 job_id   $2 seconds from now
UPDATE pipeline.jobs
SET due_at = CASE WHEN $2::float8 > 0 THEN clock_timestamp() + make_interval(secs => $2) END, updated_at = now()
WHERE job_id = $1
RETURNING due_at;

-- name: tries
-- A job's attempts that failed, in order. Those that were interrupted are charged to nobody.
-- $1 job_id   $2 what counts the records behind a state, and says nothing of how far it is
SELECT a.failure ->> 'slug' AS slug, a.failure ->> 'failure' AS failure,
       EXISTS (SELECT FROM pipeline.checkpoints c
               WHERE c.attempt_id = a.attempt_id AND c.through_batch_id > 0)
       OR EXISTS (SELECT FROM pipeline.connector_state s
                  WHERE s.connection_id = j.connection_id AND s.attempt_id = a.attempt_id
                    AND regexp_replace(s.message::text, $2, '') IS DISTINCT FROM (
                        SELECT regexp_replace(p.message::text, $2, '') FROM pipeline.connector_state p
                        WHERE p.connection_id = s.connection_id AND p.kind = s.kind
                          AND p.namespace = s.namespace AND p.name = s.name AND p.state_id < s.state_id
                        ORDER BY p.state_id DESC LIMIT 1)) AS progressed
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
WHERE a.job_id = $1 AND a.status = 'failed'
ORDER BY a.number;

-- name: get_job
-- $1 job_id
SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
       j.ended_at, j.updated_at, j.due_at, j.engine, a.run_id, a.number AS attempts
FROM pipeline.jobs j
LEFT JOIN LATERAL (
    SELECT run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
WHERE j.job_id = $1;

-- name: latest
-- $1 connection_id
SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
       j.ended_at, j.updated_at, j.due_at, j.engine, a.run_id, a.number AS attempts
FROM pipeline.jobs j
LEFT JOIN LATERAL (
    SELECT run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
WHERE j.connection_id = $1 AND j.job_type NOT IN ('replay', 'rebuild', 'backfill')
ORDER BY j.created_at DESC, j.job_id DESC
LIMIT 1;

-- name: of_types
-- $1 job_types   $2 connection_id, or null   $3 limit   $4 offset
SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
       j.ended_at, j.updated_at, j.due_at, j.engine, a.run_id, a.number AS attempts
FROM pipeline.jobs j
LEFT JOIN LATERAL (
    SELECT run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
WHERE j.job_type = ANY ($1::text[]) AND ($2::uuid IS NULL OR j.connection_id = $2)
ORDER BY j.created_at DESC, j.job_id DESC
LIMIT $3 OFFSET $4;

-- name: count_of_types
-- $1 job_types   $2 connection_id, or null
SELECT count(*) FROM pipeline.jobs WHERE job_type = ANY ($1::text[]) AND ($2::uuid IS NULL OR connection_id = $2);

-- name: start_job
-- A job that is not over is running from now on; elsewhere nothing is mock. $1 job_id   $2 mode
UPDATE pipeline.jobs
SET status = 'running', mode = CASE engine WHEN 'local' THEN $2 ELSE 'real' END, started_at = coalesce(started_at, now()), due_at = NULL, updated_at = now()
WHERE job_id = $1 AND status IN ('pending', 'running')
RETURNING connection_id, job_type, options::text AS options, mode, engine, parent_run::text AS parent_run;

-- name: finish_job
-- $1 job_id   $2 status   $3 failure
UPDATE pipeline.jobs
SET status = $2, failure = $3::jsonb, due_at = NULL, ended_at = now(), updated_at = now()
WHERE job_id = $1 AND status IN ('pending', 'running')
RETURNING job_id;

-- name: request_cancel
-- A transaction of the attempt that is under way keeps its row: it is the last, for the fence asks
-- for the job's status too, and a cancel does not wait for a long publish. $1 job_id
UPDATE pipeline.attempts SET cancel_requested = true
WHERE attempt_id IN (SELECT attempt_id FROM pipeline.attempts
                     WHERE job_id = $1 AND status = 'running' FOR UPDATE SKIP LOCKED);

-- name: begin_attempt
-- Unless one of the connection is running already, be it of a job that was cancelled and has not let go yet.
-- $1 job_id   $2 run_id   $3 worker_id
WITH begun AS (
    INSERT INTO pipeline.attempts (job_id, number, run_id, worker_id)
    SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM pipeline.attempts WHERE job_id = $1
    HAVING NOT EXISTS (SELECT FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
                       WHERE a.status = 'running'
                         AND j.connection_id = (SELECT connection_id FROM pipeline.jobs WHERE job_id = $1))
    RETURNING attempt_id, number, epoch, run_id
), signed AS (
    INSERT INTO pipeline.attempt_signs SELECT attempt_id FROM begun
)
SELECT attempt_id, number, epoch, run_id FROM begun;

-- name: end_attempt
-- $1 attempt_id   $2 epoch   $3 failure   $4 seconds by stage   $5 status
WITH ended AS (
    UPDATE pipeline.attempts
    SET status = $5, failure = $3::jsonb, seconds = $4::jsonb, ended_at = now()
    WHERE attempt_id = $1 AND epoch = $2 AND status = 'running'
    RETURNING attempt_id
), unsigned AS (
    DELETE FROM pipeline.attempt_signs WHERE attempt_id IN (SELECT attempt_id FROM ended)
)
SELECT attempt_id FROM ended;

-- name: take_over
-- Fence off a worker that is dead or silent: whatever it still writes finds another epoch.
-- $1 job_id   $2 failure
WITH ended AS (
    UPDATE pipeline.attempts
    SET epoch = epoch + 1, status = 'failed', ended_at = now(), failure = $2::jsonb
    WHERE job_id = $1 AND status = 'running'
    RETURNING attempt_id
), unsigned AS (
    DELETE FROM pipeline.attempt_signs WHERE attempt_id IN (SELECT attempt_id FROM ended)
)
SELECT attempt_id FROM ended;

-- name: runs
-- $1 job_id
SELECT EXISTS (SELECT FROM pipeline.attempts WHERE job_id = $1 AND status = 'running');

-- name: wanted
-- The fence, without holding anything off. $1 attempt_id   $2 epoch
SELECT EXISTS (SELECT FROM pipeline.attempt_signs s WHERE s.attempt_id = a.attempt_id) AS is_signed
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
WHERE a.attempt_id = $1 AND a.epoch = $2 AND a.status = 'running' AND NOT a.cancel_requested
  AND j.status = 'running';

-- name: fence
-- Holds off takeover, cancel and close until this transaction ends; lets other landings and
-- promotions of the attempt run beside it. False if the server has crashed since the attempt began.
-- $1 attempt_id   $2 epoch
SELECT EXISTS (SELECT FROM pipeline.attempt_signs s WHERE s.attempt_id = a.attempt_id) AS is_signed
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
WHERE a.attempt_id = $1 AND a.epoch = $2 AND a.status = 'running' AND NOT a.cancel_requested
  AND j.status = 'running'
FOR SHARE OF a;

-- name: earlier_mode
-- The mode of a job of this connection that landed records, where it was another one. $1 job_id   $2 mode
SELECT e.mode FROM pipeline.jobs j
JOIN pipeline.jobs e ON e.connection_id = j.connection_id AND e.mode <> $2
WHERE j.job_id = $1 AND EXISTS (
    SELECT FROM pipeline.attempts a JOIN pipeline.batches b USING (attempt_id)
    WHERE a.job_id = e.job_id AND b.voided_at IS NULL)
LIMIT 1;
