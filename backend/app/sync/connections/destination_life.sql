-- name: create
-- $1 destination_id   $2 workspace_id   $3 name   $4 configuration   $5 resource_allocation
INSERT INTO pipeline.destinations (destination_id, workspace_id, name, configuration, resource_allocation)
VALUES ($1, $2, $3, $4::jsonb, $5::json);

-- name: change
-- A null leaves what is there. $1 destination_id   $2 name   $3 configuration   $4 resource_allocation
UPDATE pipeline.destinations
SET name = coalesce($2, name), configuration = $3::jsonb,
    resource_allocation = coalesce($4::json, resource_allocation)
WHERE destination_id = $1;

-- name: connections
-- How many that were not deleted write into it. $1 destination_id
SELECT count(*) FROM pipeline.connections WHERE destination_id = $1 AND status <> 'deprecated';

-- name: delete
-- $1 destination_id
UPDATE pipeline.destinations SET deleted_at = clock_timestamp() WHERE destination_id = $1;
