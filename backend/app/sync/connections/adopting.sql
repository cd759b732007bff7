-- name: is_new
-- True of a connection that no job has run of. $1 connection_id
SELECT NOT EXISTS (SELECT FROM pipeline.jobs WHERE connection_id = $1);

-- name: forget_new
-- A stream that nothing was read of makes room for the one it takes over. $1 stream_id
WITH columns AS (DELETE FROM pipeline.columns WHERE stream_id = $1),
     versions AS (DELETE FROM pipeline.schema_versions WHERE stream_id = $1),
     waivers AS (DELETE FROM quarantine.waivers WHERE stream_id = $1),
     children AS (DELETE FROM pipeline.child_tables WHERE stream_id = $1)
SELECT 1;

-- name: remove_new
-- $1 stream_id
DELETE FROM pipeline.streams WHERE stream_id = $1 RETURNING position;

-- name: take_over
-- $1 stream_id   $2 connection_id   $3 position
UPDATE pipeline.streams SET connection_id = $2, position = $3, selected = true WHERE stream_id = $1;

-- name: take_state
-- The newest state of a stream goes on under another connection. $1 from   $2 to   $3 namespace   $4 name
INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, namespace, name, message)
SELECT $2, attempt_id, kind, namespace, name, message FROM pipeline.connector_state
WHERE connection_id = $1 AND kind = 'STREAM' AND namespace = $3 AND name = $4
ORDER BY state_id DESC LIMIT 1;
