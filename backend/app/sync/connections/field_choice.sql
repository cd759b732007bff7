-- name: keep
-- $1 stream_id   $2 left_out
UPDATE pipeline.streams SET left_out = $2 WHERE stream_id = $1;
