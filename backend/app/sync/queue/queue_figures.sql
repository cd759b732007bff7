-- name: queues
-- How much waits in each queue, for how long, and who takes from it: queues with a job that is not over, or
-- with a worker that lives. $1 seconds after which a silent worker has stalled
WITH open_jobs AS (
    SELECT coalesce(q.queue_name, n.queue) AS queue, j.queued_at IS NULL AS is_held_back,
           EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running') AS is_running,
           coalesce(j.due_at > now(), false) AS is_later, coalesce(j.due_at, j.updated_at) AS since
    FROM pipeline.jobs j
    JOIN pipeline.connections n USING (connection_id)
    LEFT JOIN jobs.procrastinate_jobs q
        ON q.status IN ('todo', 'doing') AND q.task_name = 'sync' AND (q.args ->> 'job_id')::bigint = j.job_id
    WHERE j.status IN ('pending', 'running')
), depths AS (
    SELECT queue,
           count(*) FILTER (WHERE is_running) AS running,
           count(*) FILTER (WHERE NOT is_running AND NOT is_held_back AND NOT is_later) AS waiting,
           count(*) FILTER (WHERE NOT is_running AND NOT is_held_back AND is_later) AS later,
           count(*) FILTER (WHERE NOT is_running AND is_held_back) AS held_back,
           max(extract(epoch FROM now() - since)::float8) FILTER (WHERE NOT is_running AND NOT is_later) AS oldest_s
    FROM open_jobs GROUP BY queue
), takers AS (
    SELECT t.queue, count(*) AS workers
    FROM pipeline.workers w
    JOIN pipeline.worker_signs s USING (worker_id)
    CROSS JOIN unnest(w.queues) AS t (queue)
    WHERE s.is_locked AND s.seen_at > now() - make_interval(secs => $1)
    GROUP BY t.queue
)
SELECT queue, coalesce(d.running, 0) AS running, coalesce(d.waiting, 0) AS waiting, coalesce(d.later, 0) AS later,
       coalesce(d.held_back, 0) AS held_back, d.oldest_s, coalesce(t.workers, 0) AS workers
FROM depths d FULL JOIN takers t USING (queue)
ORDER BY queue;

-- name: workers
-- Who takes jobs or runs one, and how long ago each said that it lives. $1 seconds as above
SELECT w.worker_id, w.host, w.process_id, w.queues, w.started_at,
       extract(epoch FROM now() - w.seen_at)::float8 AS silent_s,
       s.is_locked AND s.seen_at > now() - make_interval(secs => $1) AS is_living,
       coalesce((SELECT jsonb_agg(jsonb_build_object('job_id', a.job_id, 'connection_id', j.connection_id,
                                                     'number', a.number) ORDER BY a.attempt_id)
                 FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
                 WHERE a.worker_id = w.worker_id AND a.status = 'running'), '[]')::text AS runs
FROM pipeline.workers w JOIN pipeline.worker_signs s USING (worker_id)
ORDER BY w.worker_id;

-- name: hindered
-- Jobs that wait for another try since the last one failed for a reason of this name. $1 its name
SELECT j.job_id FROM pipeline.jobs j
CROSS JOIN LATERAL (SELECT a.status, a.failure FROM pipeline.attempts a WHERE a.job_id = j.job_id
                    ORDER BY a.attempt_id DESC LIMIT 1) last
WHERE j.status IN ('pending', 'running') AND last.status = 'failed' AND last.failure ->> 'slug' = $1
ORDER BY j.job_id;
