-- name: create
-- $1 workspace_id   $2 name   $3 what else was written of it
INSERT INTO pipeline.workspaces (workspace_id, name, as_sent) VALUES ($1, $2, $3::json);

-- name: get
-- $1 workspace_id
SELECT workspace_id, name, as_sent::text AS as_sent FROM pipeline.workspaces
WHERE workspace_id = $1 AND deleted_at IS NULL;

-- name: list
-- $1 workspace_ids   $2 limit   $3 offset   $4 true for those too that were deleted   $5 part of the name
SELECT workspace_id, name, as_sent::text AS as_sent FROM pipeline.workspaces
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND ($4 OR deleted_at IS NULL)
  AND ($5::text IS NULL OR position(lower($5) IN lower(name)) > 0)
ORDER BY created_at, workspace_id LIMIT $2 OFFSET $3;

-- name: change
-- $1 workspace_id   $2 name   $3 what else was written of it
UPDATE pipeline.workspaces SET name = $2, as_sent = $3::json WHERE workspace_id = $1;

-- name: hold
-- Nothing is made in it meanwhile: its row would refer to this one. $1 workspace_id
SELECT 1 FROM pipeline.workspaces WHERE workspace_id = $1 FOR UPDATE;

-- name: content
-- How many of each kind a workspace has that were not deleted. $1 workspace_id
SELECT (SELECT count(*) FROM pipeline.connections WHERE workspace_id = $1 AND status <> 'deprecated') AS connections,
       (SELECT count(*) FROM pipeline.sources WHERE workspace_id = $1 AND deleted_at IS NULL) AS sources,
       (SELECT count(*) FROM pipeline.destinations WHERE workspace_id = $1 AND deleted_at IS NULL) AS destinations,
       (SELECT count(*) FROM pipeline.transformations WHERE workspace_id = $1 AND status <> 'deprecated') AS transformations,
       (SELECT count(*) FROM pipeline.remotes WHERE workspace_id = $1 AND deleted_at IS NULL) AS remotes;

-- name: delete
-- $1 workspace_id
UPDATE pipeline.workspaces SET deleted_at = clock_timestamp() WHERE workspace_id = $1;
