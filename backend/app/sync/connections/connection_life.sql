-- name: change
-- A null leaves what is there. $1 connection_id   $2 name   $3 on_misfit   $4 hard_deletes   $5 on_empty   $6 on_held
-- $7 on_schema_change   $8 on_unchanged
UPDATE pipeline.connections
SET name = coalesce($2, name), on_misfit = coalesce($3, on_misfit), hard_deletes = coalesce($4, hard_deletes),
    on_empty = coalesce($5, on_empty), on_held = coalesce($6, on_held),
    on_schema_change = coalesce($7, on_schema_change), on_unchanged = coalesce($8, on_unchanged)
WHERE connection_id = $1;

-- name: keep_as_sent
-- $1 connection_id   $2 what was written
UPDATE pipeline.connections SET as_sent = $2::json WHERE connection_id = $1;

-- name: set_status
-- It waits for whoever is starting a job (create_job holds the row), and sees that job then; whoever
-- starts one after it waits in turn. That Atlas disabled it is over: a person has decided.
-- $1 connection_id   $2 status
UPDATE pipeline.connections SET status = $2, disabled_at = NULL, disabled_by_job = NULL
WHERE connection_id = $1 AND status <> 'deprecated'
RETURNING connection_id;
