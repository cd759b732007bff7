-- name: overtake
-- $1 stream_id
UPDATE pipeline.schema_changes SET status = 'overtaken', decided_at = now()
WHERE stream_id = $1 AND status = 'pending';

-- name: note
-- $1 stream_id   $2 job_id   $3 stream   $4 changes   $5 is_breaking
INSERT INTO pipeline.schema_changes (stream_id, job_id, stream, changes, is_breaking)
VALUES ($1, $2, $3::json, $4::jsonb, $5);

-- name: listed
-- $1 connection_id   $2 status   $3 limit   $4 offset   $5 the newest of them, or null
SELECT c.change_id, c.stream_id, s.connection_id, s.namespace, s.name, c.stream::text AS stream, c.changes::text AS changes,
       c.is_breaking, c.status, c.version, c.found_at, c.decided_at, c.primary_key::text AS primary_key
FROM pipeline.schema_changes c JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 AND ($2::text IS NULL OR c.status = $2)
  AND ($5::bigint IS NULL OR c.change_id <= $5)
ORDER BY c.change_id DESC LIMIT $3 OFFSET $4;

-- name: get
-- $1 change_id
SELECT c.change_id, c.stream_id, s.connection_id, s.namespace, s.name, c.stream::text AS stream, c.changes::text AS changes,
       c.is_breaking, c.status, c.version, c.found_at, c.decided_at, c.primary_key::text AS primary_key
FROM pipeline.schema_changes c JOIN pipeline.streams s USING (stream_id)
WHERE c.change_id = $1;

-- name: decide
-- $1 change_id   $2 status   $3 version
UPDATE pipeline.schema_changes SET status = $2, version = $3, decided_at = now() WHERE change_id = $1;

-- name: hold_connection
-- No job of the connection begins meanwhile. $1 connection_id
SELECT connection_id FROM pipeline.connections WHERE connection_id = $1 FOR UPDATE;

-- name: versions
-- $1 connection_id
SELECT s.namespace, s.name, v.version, v.adopted_by, v.job_id, v.adopted_at, v.stream::text AS stream
FROM pipeline.schema_versions v JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 ORDER BY s.position, v.version DESC;

-- name: accept
-- $1 change_id   $2 version   $3 primary_key as JSON
UPDATE pipeline.schema_changes SET status = 'accepted', version = $2, primary_key = $3::jsonb, decided_at = now()
WHERE change_id = $1;

-- name: fills
-- True if the stream's connection follows its source fully, and new columns are filled from explore. $1 stream_id
SELECT c.on_schema_change = 'propagate_fully'
FROM pipeline.connections c JOIN pipeline.streams s USING (connection_id) WHERE s.stream_id = $1;

-- name: accepted_of
-- $1 stream_id
SELECT change_id FROM pipeline.schema_changes WHERE stream_id = $1 AND status = 'accepted'
ORDER BY change_id DESC LIMIT 1;

-- name: pending_of
-- $1 stream_id
SELECT change_id FROM pipeline.schema_changes WHERE stream_id = $1 AND status = 'pending';
