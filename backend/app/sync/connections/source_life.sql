-- name: is_present
-- $1 source_id
SELECT deleted_at IS NULL FROM pipeline.sources WHERE source_id = $1;

-- name: connections
-- The connections of a source that were not deleted. $1 source_id
SELECT connection_id, name FROM pipeline.connections WHERE source_id = $1 AND status <> 'deprecated'
ORDER BY created_at, connection_id;

-- name: change
-- A null leaves what is there. $1 source_id   $2 name   $3 resource_allocation
UPDATE pipeline.sources
SET name = coalesce($2, name), resource_allocation = coalesce($3::json, resource_allocation)
WHERE source_id = $1;

-- name: delete
-- Its configuration goes. $1 source_id
UPDATE pipeline.sources SET deleted_at = clock_timestamp(), configuration = '{}' WHERE source_id = $1;
