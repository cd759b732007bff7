-- name: alone
-- True for the one rescuer in this database. Free at the transaction's end, which comes by itself where its
-- process is stopped: in one statement, or it could be stopped with the lock and without the limit.
-- $1 milliseconds that it may be silent
SELECT set_config('idle_in_transaction_session_timeout', $1, true) IS NOT NULL
       AND pg_try_advisory_xact_lock(hashtextextended('atlas.rescue', 0));

-- name: lost
-- Attempts whose worker is dead or silent, or that this worker runs no more and could not close.
-- $1 seconds after which a silent worker has stalled   $2 this worker   $3 the attempts it runs
SELECT a.attempt_id, a.job_id, a.number, a.epoch, a.run_id, j.connection_id, j.mode, j.engine,
       j.parent_run::text AS parent_run, a.worker_id IS NOT DISTINCT FROM $2 AS is_own, coalesce(s.is_locked, false) AS has_lock,
       w.host, w.process_id
FROM pipeline.attempts a
JOIN pipeline.jobs j USING (job_id)
LEFT JOIN pipeline.worker_signs s USING (worker_id)
LEFT JOIN pipeline.workers w USING (worker_id)
WHERE a.status = 'running'
  AND CASE WHEN a.worker_id = $2 THEN a.attempt_id <> ALL ($3::bigint[])
           ELSE NOT coalesce(s.is_locked AND s.seen_at > now() - make_interval(secs => $1), false) END
ORDER BY a.attempt_id;

-- name: is_lost
-- The same of one attempt, asked again where nobody else can end it. $1 attempt_id   $2 seconds   $3 this worker
SELECT a.worker_id IS NOT DISTINCT FROM $3
       OR NOT coalesce((SELECT s.is_locked AND s.seen_at > now() - make_interval(secs => $2)
                        FROM pipeline.worker_signs s WHERE s.worker_id = a.worker_id), false)
FROM pipeline.attempts a WHERE a.attempt_id = $1 AND a.status = 'running';

-- name: backend
SELECT pg_backend_pid();

-- name: end_blockers
-- End the sessions of a lost process that a backend waits for: a stopped process ends no transaction.
-- $1 backend   $2 what the process's sessions are called
SELECT pipeline.end_blockers($1, $2);

-- name: still_here
SELECT 1;

-- name: overdue
-- Jobs whose time is up, of which no attempt runs.
SELECT j.job_id FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
WHERE j.status = 'running' AND j.started_at + make_interval(secs => n.max_duration_s) < clock_timestamp()
  AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')
ORDER BY j.job_id;
