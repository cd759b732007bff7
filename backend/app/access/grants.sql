-- name: workspaces
SELECT count(*) FROM pipeline.workspaces WHERE workspace_id = ANY($1::uuid[]);

-- name: remove
DELETE FROM access.grants WHERE user_id = $1 OR application_id = $2;

-- name: add
INSERT INTO access.grants (user_id, application_id, workspace_id, role)
SELECT $1, $2, workspace_id, role FROM unnest($3::uuid[], $4::text[]) AS given (workspace_id, role);
