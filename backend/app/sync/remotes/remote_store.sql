-- name: create
-- $1 remote_id   $2 workspace_id   $3 name   $4 api_url   $5 config_api_url   $6 client_id
INSERT INTO pipeline.remotes (remote_id, workspace_id, name, kind, api_url, config_api_url, client_id)
VALUES ($1, $2, $3, 'airbyte', $4, $5, $6);

-- name: set_by_environment
-- The one that the environment names, as it names it now. $1 remote_id   $2 workspace_id   $3 name   $4 api_url
-- $5 client_id
INSERT INTO pipeline.remotes (remote_id, workspace_id, name, kind, api_url, client_id, is_from_environment)
VALUES ($1, $2, $3, 'airbyte', $4, $5, true)
ON CONFLICT (remote_id) DO UPDATE SET api_url = excluded.api_url, client_id = excluded.client_id, deleted_at = NULL
WHERE (remotes.api_url, remotes.client_id) <> (excluded.api_url, excluded.client_id) OR remotes.deleted_at IS NOT NULL;

-- name: change
-- A null leaves what is there. $1 remote_id   $2 name   $3 api_url   $4 config_api_url   $5 client_id
-- $6 true if the address of the Config API goes
UPDATE pipeline.remotes
SET name = coalesce($2, name), api_url = coalesce($3, api_url),
    config_api_url = CASE WHEN NOT $6 THEN coalesce($4, config_api_url) END, client_id = coalesce($5, client_id)
WHERE remote_id = $1;

-- name: keep_secret
-- $1 remote_id   $2 what stands for its secret
UPDATE pipeline.remotes SET client_secret = $2::jsonb WHERE remote_id = $1;

-- name: get
-- $1 remote_id
SELECT remote_id, workspace_id, name, api_url, config_api_url, client_id, client_secret::text AS client_secret,
       is_from_environment, created_at
FROM pipeline.remotes WHERE remote_id = $1 AND deleted_at IS NULL;

-- name: list
-- $1 workspace_ids   $2 limit   $3 offset
SELECT remote_id, workspace_id, name, api_url, config_api_url, client_id, client_secret::text AS client_secret,
       is_from_environment, created_at
FROM pipeline.remotes
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND deleted_at IS NULL
ORDER BY created_at, remote_id LIMIT $2 OFFSET $3;

-- name: find
-- $1 a name, or an id as text
SELECT remote_id, workspace_id, name, api_url, config_api_url, client_id, client_secret::text AS client_secret,
       is_from_environment, created_at
FROM pipeline.remotes WHERE (remote_id::text = lower($1) OR name = $1) AND deleted_at IS NULL LIMIT 2;

-- name: used_by
-- The connections that it moves. $1 remote_id
SELECT c.name FROM pipeline.remote_links l JOIN pipeline.connections c USING (connection_id)
WHERE l.remote_id = $1 AND c.status <> 'deprecated' AND c.engine <> 'local' ORDER BY c.name LIMIT 20;

-- name: delete
-- $1 remote_id
UPDATE pipeline.remotes SET deleted_at = clock_timestamp(), client_secret = NULL WHERE remote_id = $1;
