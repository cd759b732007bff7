-- name: after
-- $1 job_id   $2 event_id   $3 limit
SELECT event_id, job_id, connection_id, attempt_id, kind, payload::text AS payload, at
FROM pipeline.job_events WHERE job_id = $1 AND event_id > $2
ORDER BY event_id LIMIT $3;

-- name: listed
-- $1 job_id   $2 limit   $3 offset   $4 event_id after which
SELECT event_id, job_id, connection_id, attempt_id, kind, payload::text AS payload, at
FROM pipeline.job_events WHERE job_id = $1 AND event_id > $4
ORDER BY event_id LIMIT $2 OFFSET $3;

-- name: is_over
-- True if nothing more will happen to a job: it is over and so are its attempts, or they have had time
-- to say so. $1 job_id
SELECT j.status NOT IN ('pending', 'running') AND (
    NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')
    OR j.ended_at < now() - interval '60 seconds')
FROM pipeline.jobs j WHERE j.job_id = $1;

-- name: add
-- $1 job_id   $2 attempt_id   $3 kind   $4 payload
SELECT pipeline.add_job_event($1, $2, $3, $4::jsonb);
