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
DELETE FROM pipeline.streams WHERE stream_id = $1 RETURNING position, as_sent::text AS as_sent;

-- name: take_over
-- $1 stream_id   $2 connection_id   $3 position   $4 how the new one was written
UPDATE pipeline.streams SET connection_id = $2, position = $3, selected = true, as_sent = $4::json WHERE stream_id = $1;

-- name: take_state
-- A state goes on under another connection. $1 its connection_id   $2 state_id
INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, namespace, name, message)
SELECT $1, attempt_id, kind, namespace, name, message FROM pipeline.connector_state WHERE state_id = $2;
