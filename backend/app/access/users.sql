-- name: create
INSERT INTO access.users (user_id, email, name) VALUES ($1, $2, $3);

-- name: get
SELECT u.user_id, u.email, u.name, u.is_active, u.password_hash IS NOT NULL AS has_password, u.created_at,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.user_id = u.user_id), '{}')::text AS roles
FROM access.users u
WHERE u.user_id = $1;

-- name: listed
SELECT u.user_id, u.email, u.name, u.is_active, u.password_hash IS NOT NULL AS has_password, u.created_at,
       coalesce((SELECT jsonb_object_agg(coalesce(g.workspace_id::text, ''), g.role)
                 FROM access.grants g WHERE g.user_id = u.user_id), '{}')::text AS roles
FROM access.users u
ORDER BY u.created_at, u.user_id;

-- name: id_of_email
SELECT user_id FROM access.users WHERE email = $1;

-- name: count
SELECT count(*) FROM access.users;

-- name: change
UPDATE access.users SET name = coalesce($2, name), is_active = coalesce($3, is_active) WHERE user_id = $1;

-- name: delete
DELETE FROM access.users WHERE user_id = $1;

-- name: password
SELECT user_id, password_hash, is_active FROM access.users WHERE email = $1;

-- name: set_password
UPDATE access.users SET password_hash = $2 WHERE user_id = $1;

-- name: end_sessions
DELETE FROM access.sessions WHERE user_id = $1;

-- name: somebody_can_sign_in
SELECT EXISTS (SELECT FROM access.users WHERE password_hash IS NOT NULL);

-- name: hold_admins
-- Two who take each other's role away at the same moment must not both go through.
SELECT pg_advisory_xact_lock(hashtext('atlas.admins'));

-- name: has_admin
SELECT EXISTS (SELECT FROM access.users u JOIN access.grants g USING (user_id)
               WHERE u.is_active AND g.role = 'admin' AND g.workspace_id IS NULL);
