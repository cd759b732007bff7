-- name: link
-- $1 connection_id   $2 workspace_id   $3 remote_id   $4 remote_connection_id   $5 facts   $6 elsewhere
INSERT INTO pipeline.remote_links (connection_id, workspace_id, remote_id, remote_connection_id, facts, elsewhere)
VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb);

-- name: of_connection
-- $1 connection_id
SELECT connection_id, workspace_id, remote_id, remote_connection_id, facts::text AS facts, policy::text AS policy,
       profile::text AS profile
FROM pipeline.remote_links WHERE connection_id = $1;

-- name: imported
-- Which connections of a remote are imported, and were not deleted since. $1 remote_id
SELECT l.remote_connection_id, l.connection_id
FROM pipeline.remote_links l JOIN pipeline.connections c USING (connection_id)
WHERE l.remote_id = $1 AND c.status <> 'deprecated';

-- name: keep_terms
-- $1 connection_id   $2 policy   $3 profile
UPDATE pipeline.remote_links SET policy = $2::jsonb, profile = $3::jsonb WHERE connection_id = $1;

-- name: set_engine
-- It waits for whoever is starting a job, and sees that job then. $1 connection_id   $2 engine
UPDATE pipeline.connections SET engine = $2 WHERE connection_id = $1;
