-- name: lock_workspace
-- One at a time counts a workspace's jobs; its cap. $1 workspace_id   $2 the cap where it has none
SELECT coalesce(max_running, $2) FROM pipeline.workspaces WHERE workspace_id = $1 FOR NO KEY UPDATE;

-- name: let_in
-- As many of the workspace's waiting jobs as the cap allows: first those of higher priority, then
-- the oldest. $1 workspace_id   $2 the cap
UPDATE pipeline.jobs SET queued_at = now()
WHERE job_id IN (
    SELECT j.job_id FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
    WHERE n.workspace_id = $1 AND j.status = 'pending' AND j.queued_at IS NULL
    ORDER BY n.priority DESC, j.job_id
    LIMIT greatest(0, $2::bigint - (
        SELECT count(*) FROM pipeline.jobs q JOIN pipeline.connections m USING (connection_id)
        WHERE m.workspace_id = $1 AND q.status IN ('pending', 'running') AND q.queued_at IS NOT NULL))
    FOR UPDATE OF j SKIP LOCKED)
RETURNING job_id;

-- name: waiting_workspaces
-- Workspaces with jobs that were not let in yet.
SELECT DISTINCT n.workspace_id FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
WHERE j.status = 'pending' AND j.queued_at IS NULL;
