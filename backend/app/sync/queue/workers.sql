-- name: enter
-- $1 host   $2 process_id   $3 queues
INSERT INTO pipeline.workers (host, process_id, queues) VALUES ($1, $2, $3) RETURNING worker_id;

-- name: lock
-- The sign of life that a killed process loses at once. $1 worker_id
SELECT pg_try_advisory_lock(1098148961, $1);

-- name: beat
-- Also for a worker that was given up as dead, and is not. $1 worker_id   $2 host   $3 process_id
-- $4 queues   $5 the ids that the queue knows it by
INSERT INTO pipeline.workers (worker_id, host, process_id, queues, queue_workers) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = now(), queue_workers = excluded.queue_workers;

-- name: leave
-- $1 worker_id
DELETE FROM pipeline.workers WHERE worker_id = $1;

-- name: forget
-- Workers that left no lock and no heartbeat behind. $1 seconds after which a silent one has stalled
DELETE FROM pipeline.workers w USING pipeline.worker_signs s
WHERE s.worker_id = w.worker_id AND NOT s.is_locked AND s.seen_at < now() - make_interval(secs => $1)
  AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.worker_id = w.worker_id AND a.status = 'running');
