-- name: of_connection
-- $1 connection_id
SELECT share, records, on_exceeded FROM quarantine.limits WHERE connection_id = $1;

-- name: keep
-- $1 connection_id   $2 share   $3 records   $4 on_exceeded
INSERT INTO quarantine.limits (connection_id, share, records, on_exceeded) VALUES ($1, $2, $3, $4)
ON CONFLICT (connection_id) DO UPDATE
SET share = excluded.share, records = excluded.records, on_exceeded = excluded.on_exceeded;

-- name: remove
-- $1 connection_id
DELETE FROM quarantine.limits WHERE connection_id = $1;

-- name: exceeded
-- The streams of which a job has left more in quarantine than its connection allows. $1 job_id
SELECT q.stream_id, s.name, nullif(s.namespace, '') AS namespace, q.read, q.bad
FROM pipeline.quarantine_of_jobs q
JOIN pipeline.streams s USING (stream_id)
JOIN quarantine.limits l USING (connection_id)
WHERE q.job_id = $1 AND (q.bad > l.share * q.read OR q.bad > l.records)
ORDER BY s.position;

-- name: rules
-- The rules that a job's records of a stream broke, those of most records first. $1 job_id   $2 stream_id
SELECT rule, count(*)::int AS records
FROM pipeline.attempts a
JOIN pipeline.batches b USING (attempt_id)
JOIN quarantine.records r USING (batch_id), unnest(r.rules) AS rule
WHERE a.job_id = $1 AND b.stream_id = $2 AND r.status <> 'mended'
GROUP BY rule ORDER BY records DESC, rule LIMIT 10;
