-- name: at
-- The newest state of every descriptor, by what was saved up to a version; one that was cleared is left out.
-- $1 connection_id   $2 version, null for now
SELECT s.state_id, s.attempt_id, s.kind, s.namespace, s.name, s.message, s.committed_at, c.connector, c.version FROM (
    SELECT DISTINCT ON (kind, namespace, name)
           state_id, attempt_id, kind, namespace, name, message::text AS message, committed_at
    FROM pipeline.connector_state WHERE connection_id = $1 AND ($2::bigint IS NULL OR state_id <= $2)
    ORDER BY kind, namespace, name, state_id DESC
) s LEFT JOIN pipeline.attempt_connectors c USING (attempt_id)
WHERE s.message <> 'null'
ORDER BY s.state_id DESC;

-- name: is_version
-- $1 connection_id   $2 version
SELECT EXISTS (SELECT FROM pipeline.connector_state WHERE connection_id = $1 AND state_id = $2);

-- name: listed
-- What was saved, the newest first. $1 connection_id   $2 stream's name, null for all   $3 its namespace
-- $4 limit   $5 offset   $6 true for what somebody did alone   $7 the newest of them, or null
SELECT s.state_id, s.kind, s.namespace, s.name, s.committed_at, s.message::text = 'null' AS is_cleared,
       octet_length(s.message::text) AS size_bytes, a.job_id, a.number AS attempt, t.kind AS act, t.asked_by, t.reason,
       t.to_version
FROM pipeline.connector_state s
LEFT JOIN pipeline.attempts a ON a.attempt_id = s.attempt_id
LEFT JOIN pipeline.state_acts t ON t.act_id = s.act_id
WHERE s.connection_id = $1 AND ($2::text IS NULL OR (s.kind = 'STREAM' AND s.name = $2 AND s.namespace = $3))
  AND (NOT $6 OR s.act_id IS NOT NULL) AND ($7::bigint IS NULL OR s.state_id <= $7)
ORDER BY s.state_id DESC LIMIT $4 OFFSET $5;

-- name: act
-- $1 connection_id   $2 kind   $3 to_version   $4 asked_by   $5 reason
INSERT INTO pipeline.state_acts (workspace_id, connection_id, kind, to_version, asked_by, reason)
SELECT workspace_id, connection_id, $2, $3, $4, $5 FROM pipeline.connections WHERE connection_id = $1
RETURNING act_id;

-- name: save
-- $1 connection_id   $2 act_id   $3 attempt_id that its connector saved it in   $4 kind   $5 namespace   $6 name
-- $7 message
INSERT INTO pipeline.connector_state (connection_id, act_id, attempt_id, kind, namespace, name, message)
VALUES ($1, $2, $3, $4, $5, $6, $7::json);

-- name: newest_version
-- $1 connection_id
SELECT max(state_id) FROM pipeline.connector_state WHERE connection_id = $1;

-- name: read_since
-- The records of a connection's streams that were read after an instant. $1 stream_ids   $2 since, null for all
SELECT stream_id, sum(read)::bigint AS records FROM pipeline.batches
WHERE stream_id = ANY ($1::bigint[]) AND voided_at IS NULL AND ($2::timestamptz IS NULL OR landed_at > $2)
GROUP BY stream_id;
