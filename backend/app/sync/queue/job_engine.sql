-- name: clear
-- What waits of a connection leaves the queue: at most one row of it waits. $1 queueing lock
UPDATE jobs.procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo' AND queueing_lock = $1;

-- name: defer
-- Procrastinate's own function, so that the job is queued in the transaction that writes its row.
-- $1 queue   $2 task   $3 priority   $4 the connection's lock   $5 arguments   $6 due at
SELECT jobs.procrastinate_defer_jobs_v1(
    ARRAY[ROW($1, $2, $3, $4, $4, $5::jsonb, $6)::jobs.procrastinate_job_to_defer_v1]);

-- name: withdraw
-- $1 job_id
SELECT jobs.procrastinate_cancel_job_v1(q.id, false, false)
FROM jobs.procrastinate_jobs q
WHERE q.status = 'todo' AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = $1;

-- name: close
-- Close what a dead worker was doing. $1 job_id
SELECT jobs.procrastinate_finish_job_v1(q.id, 'failed', false)
FROM jobs.procrastinate_jobs q
WHERE q.status = 'doing' AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = $1;

-- name: close_waiting
-- Rows that wait for a job that is over, or is not there.
SELECT jobs.procrastinate_cancel_job_v1(q.id, false, false)
FROM jobs.procrastinate_jobs q
LEFT JOIN pipeline.jobs j ON j.job_id = (q.args ->> 'job_id')::bigint
WHERE q.status = 'todo' AND q.task_name = 'sync' AND coalesce(j.status NOT IN ('pending', 'running'), true);

-- name: close_abandoned
-- Rows that nobody works on: no attempt is running, and their worker is dead or stalled, or it began so long
-- ago that it has lost them. A row whose attempt is running is closed with the attempt: before that, the
-- connection's next job must not begin. $1 seconds after which a silent worker has stalled
SELECT jobs.procrastinate_finish_job_v1(q.id, 'failed', false)
FROM jobs.procrastinate_jobs q
WHERE q.status = 'doing' AND q.task_name = 'sync'
  AND NOT EXISTS (SELECT FROM pipeline.attempts a
                  WHERE a.job_id = (q.args ->> 'job_id')::bigint AND a.status = 'running')
  AND (NOT EXISTS (SELECT FROM pipeline.worker_signs w
                   WHERE q.worker_id = ANY (w.queue_workers) AND w.is_locked
                     AND w.seen_at > now() - make_interval(secs => $1))
       OR (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = q.id AND e.type = 'started')
           < now() - make_interval(secs => $1));

-- name: unqueued
-- Jobs that were let into the queue, are not over, and of which nothing is queued or running.
SELECT j.job_id FROM pipeline.jobs j
WHERE j.status IN ('pending', 'running') AND j.queued_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')
  AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs q
                  WHERE q.status IN ('todo', 'doing') AND q.task_name = 'sync'
                    AND (q.args ->> 'job_id')::bigint = j.job_id)
ORDER BY j.job_id;

-- name: forget_rows
-- What is over since long; events go with it. $1 hours
DELETE FROM jobs.procrastinate_jobs q
WHERE q.status NOT IN ('todo', 'doing')
  AND NOT EXISTS (SELECT FROM jobs.procrastinate_events e
                  WHERE e.job_id = q.id AND e.at > now() - make_interval(hours => $1));

-- name: schema
SELECT newest FROM pipeline.queue_schema ORDER BY newest DESC LIMIT 1;

-- name: functions
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'jobs'::regnamespace;
