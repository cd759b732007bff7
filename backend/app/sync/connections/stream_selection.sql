-- name: reading
-- The streams that a connection reads. $1 connection_id
SELECT namespace, name FROM pipeline.streams WHERE connection_id = $1 AND selected AND dropped_at IS NULL;

-- name: leave_out_all
-- $1 connection_id
UPDATE pipeline.streams SET selected = false WHERE connection_id = $1 AND selected;

-- name: change
-- $1 stream_id   $2 position   $3 sync_mode   $4 cursor_field   $5 primary_key   $6 how it was written
UPDATE pipeline.streams
SET selected = true, position = $2, sync_mode = $3, cursor_field = $4, primary_key = $5::jsonb, as_sent = $6::json
WHERE stream_id = $1;

-- name: was_dropped
-- True if a connection had a stream of a name, of which nothing stands. $1 connection_id   $2 namespace   $3 name
SELECT EXISTS (SELECT FROM pipeline.streams
               WHERE connection_id = $1 AND namespace = $2 AND name = $3 AND dropped_at IS NOT NULL);
