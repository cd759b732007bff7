-- name: user
SELECT u.user_id AS id, u.email AS name,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.user_id = u.user_id), '{}')::text AS roles
FROM access.users u
WHERE u.user_id = $1 AND u.is_active;

-- name: application
SELECT a.application_id AS id, a.name,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.application_id = a.application_id), '{}')::text AS roles
FROM access.applications a
WHERE a.application_id = $1;
