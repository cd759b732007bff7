-- name: alone
-- True for the one rescuer in this database. Free at the transaction's end.
SELECT pg_try_advisory_xact_lock(hashtextextended('atlas.rescue', 0));

-- name: lost
-- Attempts whose worker is dead or silent, or that this worker runs no more and could not close.
-- $1 seconds after which a silent worker has stalled   $2 this worker   $3 the attempts it runs
SELECT a.attempt_id, a.job_id, a.number, a.epoch, a.run_id, j.connection_id, j.mode,
       coalesce(s.is_locked, false) AND a.worker_id IS DISTINCT FROM $2 AS has_lock
FROM pipeline.attempts a
JOIN pipeline.jobs j USING (job_id)
LEFT JOIN pipeline.worker_signs s USING (worker_id)
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
-- End the sessions that a backend waits for: only a transaction of the lost worker can hold its
-- attempt, and a stopped process never ends one. $1 backend
SELECT pg_terminate_backend(b) FROM unnest(pg_blocking_pids($1)) b WHERE b > 0;
