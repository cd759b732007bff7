-- name: newest
-- The newest state of every descriptor and the connector it is of, the newest of all first; one that was
-- cleared is the JSON null. $1 connection_id
SELECT s.kind, s.namespace, s.name, s.message, c.connector, c.version FROM (
    SELECT DISTINCT ON (kind, namespace, name) state_id, attempt_id, kind, namespace, name, message::text AS message
    FROM pipeline.connector_state WHERE connection_id = $1
    ORDER BY kind, namespace, name, state_id DESC
) s LEFT JOIN pipeline.attempt_connectors c USING (attempt_id)
WHERE s.message <> 'null'
ORDER BY s.state_id DESC;

-- name: streams
-- The streams that a connection has or had. $1 connection_id
SELECT namespace, name FROM pipeline.streams WHERE connection_id = $1;

-- name: selected
-- The streams that a connection reads. $1 connection_id
SELECT namespace, name FROM pipeline.streams WHERE connection_id = $1 AND selected;

-- name: note_connector
-- $1 attempt_id   $2 connector   $3 version
INSERT INTO pipeline.attempt_connectors (attempt_id, connector, version) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: hold_connection
-- No job of the connection begins meanwhile: its row would refer to this one. $1 connection_id
SELECT connection_id FROM pipeline.connections WHERE connection_id = $1 FOR UPDATE;

-- name: clear
-- $1 connection_id   $2 kinds   $3 namespaces   $4 names
INSERT INTO pipeline.connector_state (connection_id, kind, namespace, name, message)
SELECT $1, c.kind, c.namespace, c.name, 'null'::json
FROM unnest($2::text[], $3::text[], $4::text[]) AS c (kind, namespace, name);

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
