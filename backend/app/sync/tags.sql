-- name: create
-- $1 tag_id   $2 workspace_id   $3 name   $4 color
INSERT INTO pipeline.tags (tag_id, workspace_id, name, color) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace_id, name) DO NOTHING RETURNING tag_id;

-- name: get
-- $1 tag_id
SELECT tag_id, workspace_id, name, color FROM pipeline.tags WHERE tag_id = $1;

-- name: list
-- $1 workspace_ids
SELECT tag_id, workspace_id, name, color FROM pipeline.tags
WHERE $1::uuid[] IS NULL OR workspace_id = ANY ($1)
ORDER BY workspace_id, name;

-- name: is_taken
-- True if another tag of a workspace has a name. $1 workspace_id   $2 name   $3 tag_id
SELECT EXISTS (SELECT FROM pipeline.tags WHERE workspace_id = $1 AND name = $2 AND tag_id <> $3);

-- name: change
-- $1 tag_id   $2 name   $3 color
UPDATE pipeline.tags SET name = $2, color = $3 WHERE tag_id = $1;

-- name: delete
-- $1 tag_id
DELETE FROM pipeline.tags WHERE tag_id = $1;

-- name: take_off
-- $1 connection_id
DELETE FROM pipeline.connection_tags WHERE connection_id = $1;

-- name: put_on
-- $1 connection_id   $2 tag_ids in order   $3 workspace_id
INSERT INTO pipeline.connection_tags (connection_id, tag_id, workspace_id, position)
SELECT $1, t.tag_id, $3, t.position FROM unnest($2::uuid[]) WITH ORDINALITY AS t (tag_id, position);

-- name: of_connections
-- $1 connection_ids
SELECT c.connection_id, t.tag_id, t.workspace_id, t.name, t.color
FROM pipeline.connection_tags c JOIN pipeline.tags t USING (tag_id)
WHERE c.connection_id = ANY ($1::uuid[])
ORDER BY c.connection_id, c.position;
