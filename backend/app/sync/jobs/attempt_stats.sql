-- name: of_jobs
-- The attempts of jobs, with what each read of which stream. $1 job_ids
SELECT a.job_id, a.number, a.status, a.started_at, a.ended_at, a.failure::text AS failure, j.engine,
       r.rows AS reported_rows, r.bytes AS reported_bytes,
       (SELECT count(*) FROM pipeline.connector_state s
        WHERE s.connection_id = j.connection_id AND s.attempt_id = a.attempt_id) AS states,
       (SELECT coalesce(json_agg(json_build_object(
                   'name', t.name, 'namespace', nullif(t.namespace, ''), 'read', t.read, 'explored', t.explored,
                   'size_bytes', t.size_bytes) ORDER BY t.position), '[]')::text
        FROM (SELECT s.name, s.namespace, s.position, sum(l.read) AS read, sum(l.explored) AS explored,
                     sum(l.size_bytes) AS size_bytes
              FROM pipeline.batch_ledger l JOIN pipeline.streams s USING (stream_id)
              WHERE l.attempt_id = a.attempt_id
              GROUP BY s.stream_id, s.name, s.namespace, s.position) t) AS streams
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id)
LEFT JOIN LATERAL (
    SELECT rows, bytes FROM pipeline.remote_runs WHERE attempt_id = a.attempt_id ORDER BY remote_run_id DESC LIMIT 1
) r ON j.engine <> 'local'
WHERE a.job_id = ANY ($1::bigint[])
ORDER BY a.job_id, a.number;
