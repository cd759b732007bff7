-- name: hold
-- No job of the connection begins meanwhile: its row would refer to this one. $1 connection_id
SELECT connection_id FROM pipeline.connections WHERE connection_id = $1 FOR UPDATE;

-- name: keep
-- $1 stream_id   $2 check_cols
UPDATE pipeline.streams SET check_cols = $2 WHERE stream_id = $1;
