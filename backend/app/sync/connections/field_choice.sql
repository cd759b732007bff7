-- name: keep
-- $1 stream_id   $2 left_out   $3 nested
UPDATE pipeline.streams SET left_out = $2, nested = $3 WHERE stream_id = $1;
