-- name: newest
-- The newest state of every descriptor, the newest of all first. $1 connection_id
SELECT kind, namespace, name, message FROM (
    SELECT DISTINCT ON (kind, namespace, name) state_id, kind, namespace, name, message::text AS message
    FROM pipeline.connector_state WHERE connection_id = $1
    ORDER BY kind, namespace, name, state_id DESC
) newest ORDER BY state_id DESC;

-- name: save
-- $1 connection_id   $2 attempt_id   $3 kind   $4 namespace   $5 name   $6 message
INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, namespace, name, message)
VALUES ($1, $2, $3, $4, $5, $6::json);

-- name: cover
-- $1 stream_id   $2 attempt_id   $3 through_batch_id   $4 is_complete
INSERT INTO pipeline.checkpoints (stream_id, attempt_id, through_batch_id, is_complete)
VALUES ($1, $2, $3, $4);

-- name: is_complete
-- $1 job_id   $2 stream_id
SELECT EXISTS (
    SELECT FROM pipeline.checkpoints c JOIN pipeline.attempts a USING (attempt_id)
    WHERE a.job_id = $1 AND c.stream_id = $2 AND c.is_complete
);
