-- name: defer
-- Procrastinate's own function, so that the job is queued in the transaction that writes its row.
-- $1 queue   $2 task   $3 lock   $4 arguments   $5 queueing lock: queued once
SELECT jobs.procrastinate_defer_jobs_v1(
    ARRAY[ROW($1, $2, 0, $3, $5, $4::jsonb, NULL)::jobs.procrastinate_job_to_defer_v1]);

-- name: close_doing
-- Close what a dead worker was doing. $1 job_id
SELECT jobs.procrastinate_finish_job_v1(q.id, 'failed', false)
FROM jobs.procrastinate_jobs q
WHERE q.status = 'doing' AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = $1;

-- name: withdraw
-- $1 job_id
SELECT jobs.procrastinate_cancel_job_v1(q.id, false, false)
FROM jobs.procrastinate_jobs q
WHERE q.status = 'todo' AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = $1;

-- name: is_waiting
-- $1 job_id
SELECT EXISTS (
    SELECT FROM jobs.procrastinate_jobs q
    WHERE q.status = 'todo' AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = $1
);
