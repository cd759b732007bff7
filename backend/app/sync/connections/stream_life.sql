-- name: set_read
-- $1 stream_id   $2 true if the stream is read from now on
UPDATE pipeline.streams SET selected = $2 WHERE stream_id = $1;

-- name: others_read
-- How many other streams a connection reads. $1 connection_id   $2 stream_id
SELECT count(*)::int FROM pipeline.streams WHERE connection_id = $1 AND selected AND stream_id <> $2;

-- name: has
-- True if a connection has or had a stream of a name. $1 connection_id   $2 namespace   $3 name
SELECT EXISTS (SELECT FROM pipeline.streams WHERE connection_id = $1 AND namespace = $2 AND name = $3);

-- name: rename
-- $1 stream_id   $2 namespace   $3 name   $4 stream
UPDATE pipeline.streams SET namespace = $2, name = $3, stream = $4::json WHERE stream_id = $1;
