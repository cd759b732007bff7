-- name: timing
-- How long a job took, and its newest attempt's seconds by stage. $1 job_id
SELECT extract(epoch FROM coalesce(j.ended_at, now()) - coalesce(j.started_at, j.created_at))::float8 AS seconds,
       coalesce((SELECT a.seconds::text FROM pipeline.attempts a WHERE a.job_id = $1
                 ORDER BY a.number DESC LIMIT 1), '{}') AS stages
FROM pipeline.jobs j WHERE j.job_id = $1;

-- name: progress
-- How far each stream of a job is that Atlas itself does. $1 job_id
SELECT s.namespace, s.name,
       coalesce(sum(l.read), 0)::bigint AS landed,
       coalesce(sum(l.size_bytes), 0)::bigint AS size_bytes,
       coalesce(sum(l.explored - l.held + l.rejected), 0)::bigint AS published,
       EXISTS (SELECT FROM pipeline.checkpoints c JOIN pipeline.attempts a USING (attempt_id)
               WHERE a.job_id = $1 AND c.stream_id = s.stream_id AND c.is_complete) AS is_complete,
       EXISTS (SELECT FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id)
               WHERE a.job_id = $1 AND p.stream_id = s.stream_id AND p.outcome = 'held') AS is_held
FROM pipeline.jobs j
JOIN pipeline.streams s ON s.connection_id = j.connection_id AND s.selected
LEFT JOIN pipeline.batch_ledger l ON l.job_id = j.job_id AND l.stream_id = s.stream_id
WHERE j.job_id = $1 AND j.engine = 'local'
GROUP BY s.stream_id, s.namespace, s.name, s.position
ORDER BY s.position;
