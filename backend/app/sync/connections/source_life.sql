-- name: is_present
-- $1 source_id
SELECT deleted_at IS NULL FROM pipeline.sources WHERE source_id = $1;

-- name: connections
-- The connections of a source that were not deleted. $1 source_id
SELECT connection_id, name FROM pipeline.connections WHERE source_id = $1 AND status <> 'deprecated'
ORDER BY created_at, connection_id;

-- name: rename
-- $1 source_id   $2 name
UPDATE pipeline.sources SET name = $2 WHERE source_id = $1;

-- name: delete
-- Its configuration goes. $1 source_id
UPDATE pipeline.sources SET deleted_at = clock_timestamp(), configuration = '{}' WHERE source_id = $1;
