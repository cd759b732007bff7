-- name: of_connection
-- $1 connection_id
SELECT queue, priority, max_duration_s, retry_wait_s, retry_factor, retry_cap_s
FROM pipeline.connections WHERE connection_id = $1;

-- name: keep
-- $1 connection_id   $2 queue   $3 priority   $4 max_duration_s   $5 retry_wait_s   $6 retry_factor   $7 retry_cap_s
UPDATE pipeline.connections
SET queue = $2, priority = $3, max_duration_s = $4, retry_wait_s = $5, retry_factor = $6, retry_cap_s = $7
WHERE connection_id = $1
RETURNING connection_id;

-- name: most_running
-- $1 workspace_id
SELECT max_running FROM pipeline.workspaces WHERE workspace_id = $1;

-- name: let_run
-- $1 workspace_id   $2 jobs
UPDATE pipeline.workspaces SET max_running = $2 WHERE workspace_id = $1 RETURNING workspace_id;
