-- name: ask
-- Before the remote is asked, so that a job which began without Atlas hearing of it is found again.
-- $1 job_id   $2 attempt_id   $3 connection_id   $4 remote_id   $5 remote_connection_id   $6 the newest job that is there
INSERT INTO pipeline.remote_runs (job_id, attempt_id, connection_id, remote_id, remote_connection_id, after_job)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING remote_run_id;

-- name: newest
-- The newest run of a job. $1 job_id
SELECT remote_run_id, job_id, attempt_id, connection_id, remote_id, remote_connection_id, after_job, remote_job_id,
       is_adopted, status, rows, bytes, started_at, seen_at, ended_at,
       extract(epoch FROM clock_timestamp() - asked_at)::float8 AS asked_for_s, verified, reasons::text AS reasons
FROM pipeline.remote_runs WHERE job_id = $1 ORDER BY remote_run_id DESC LIMIT 1;

-- name: of_connection
-- $1 connection_id   $2 limit   $3 offset
SELECT remote_run_id, job_id, attempt_id, connection_id, remote_id, remote_connection_id, after_job, remote_job_id,
       is_adopted, status, rows, bytes, started_at, seen_at, ended_at,
       extract(epoch FROM clock_timestamp() - asked_at)::float8 AS asked_for_s, verified, reasons::text AS reasons
FROM pipeline.remote_runs WHERE connection_id = $1 ORDER BY remote_run_id DESC LIMIT $2 OFFSET $3;

-- name: note_job
-- The remote's job is known. $1 remote_run_id   $2 remote_job_id   $3 is_adopted
UPDATE pipeline.remote_runs SET remote_job_id = $2, is_adopted = $3 WHERE remote_run_id = $1;

-- name: seen
-- $1 remote_run_id   $2 status   $3 rows   $4 bytes   $5 started_at   $6 true if it is over
UPDATE pipeline.remote_runs
SET status = $2, rows = $3, bytes = $4, started_at = $5, seen_at = clock_timestamp(),
    ended_at = CASE WHEN $6 THEN coalesce(ended_at, clock_timestamp()) END
WHERE remote_run_id = $1;

-- name: verified
-- $1 remote_run_id   $2 verdict   $3 reasons
UPDATE pipeline.remote_runs SET verified = $2, reasons = $3::jsonb WHERE remote_run_id = $1;

-- name: give_up
-- It is not known what became of it, and nobody asks any more. $1 remote_run_id
UPDATE pipeline.remote_runs SET ended_at = clock_timestamp() WHERE remote_run_id = $1;

-- name: earlier
-- The rows of runs of the connection that were good, the newest first. $1 connection_id   $2 before   $3 limit
SELECT rows FROM pipeline.remote_runs
WHERE connection_id = $1 AND remote_run_id < $2 AND rows IS NOT NULL AND verified IN ('verified', 'unverified')
  AND lower(status) = 'succeeded'
ORDER BY remote_run_id DESC LIMIT $3;

-- name: failures
-- How many runs of a job have failed at the remote. $1 job_id
SELECT count(*) FROM pipeline.remote_runs WHERE job_id = $1 AND ended_at IS NOT NULL AND lower(status) = 'failed';

-- name: take_unwanted
-- Runs that go on although nobody wants them: their job was cancelled, or its time is up and the policy says so.
-- Each is one process's for a while. $1 seconds
UPDATE pipeline.remote_runs SET end_tried_at = clock_timestamp()
WHERE remote_run_id IN (
    SELECT r.remote_run_id FROM pipeline.remote_runs r JOIN pipeline.jobs j USING (job_id)
    LEFT JOIN pipeline.remote_links l ON l.connection_id = r.connection_id
    WHERE r.ended_at IS NULL AND (r.end_tried_at IS NULL OR r.end_tried_at < clock_timestamp() - make_interval(secs => $1))
      AND (j.status = 'cancelled'
           OR j.status = 'failed' AND j.failure ->> 'slug' = 'job-took-too-long'
              AND coalesce((l.policy ->> 'cancel_on_deadline')::boolean, true))
      AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')
    ORDER BY r.remote_run_id LIMIT 20 FOR UPDATE OF r SKIP LOCKED)
RETURNING remote_run_id, job_id, attempt_id, connection_id, remote_id, remote_connection_id, after_job, remote_job_id,
          is_adopted, status, rows, bytes, started_at, seen_at, ended_at,
       extract(epoch FROM clock_timestamp() - asked_at)::float8 AS asked_for_s, verified, reasons::text AS reasons;
