-- name: create
INSERT INTO access.applications (application_id, client_id, secret_hash, name) VALUES ($1, $2, $3, $4);

-- name: get
SELECT a.application_id, a.client_id, a.name, a.created_at,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.application_id = a.application_id), '{}')::text AS roles
FROM access.applications a
WHERE a.application_id = $1;

-- name: listed
SELECT a.application_id, a.client_id, a.name, a.created_at,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.application_id = a.application_id), '{}')::text AS roles
FROM access.applications a
ORDER BY a.created_at, a.application_id;

-- name: delete
DELETE FROM access.applications WHERE application_id = $1 RETURNING application_id;

-- name: by_client_id
SELECT application_id, secret_hash FROM access.applications WHERE client_id = $1;
