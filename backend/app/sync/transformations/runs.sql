-- name: ask
-- $1 transformation_id   $2 run_id   $3 asked_by   $4 parent_run   $5 retry_of   $6 retried   $7 seconds until it is due
INSERT INTO pipeline.transformation_runs
    (transformation_id, workspace_id, run_id, asked_by, parent_run, retry_of, after_job_id, retried, due_at)
SELECT t.transformation_id, t.workspace_id, $2, $3, $4::jsonb, $5, o.after_job_id, $6,
       CASE WHEN $7::float8 > 0 THEN clock_timestamp() + make_interval(secs => $7) END
FROM pipeline.transformations t LEFT JOIN pipeline.transformation_runs o ON o.transformation_run_id = $5
WHERE t.transformation_id = $1
RETURNING transformation_run_id;

-- name: supersede
-- Runs that follow earlier jobs of a connection and that nobody has begun. $1 job_id   $2 failure
UPDATE pipeline.transformation_runs r SET status = 'cancelled', failure = $2::jsonb, ended_at = clock_timestamp()
FROM pipeline.jobs j JOIN pipeline.transformations t ON t.after_connection_id = j.connection_id AND t.status = 'active'
WHERE j.job_id = $1 AND j.job_type IN ('sync', 'refresh', 'backfill', 'replay')
  AND r.transformation_id = t.transformation_id AND r.status = 'pending' AND r.tries = 0 AND r.after_job_id IS NOT NULL
  AND r.retry_of IS NULL;

-- name: follow
-- A run of each transformation that is to follow a job that has brought data. $1 job_id   $2 asked_by
INSERT INTO pipeline.transformation_runs (transformation_id, workspace_id, run_id, asked_by, after_job_id)
SELECT t.transformation_id, t.workspace_id, gen_random_uuid(), $2, j.job_id
FROM pipeline.jobs j JOIN pipeline.transformations t ON t.after_connection_id = j.connection_id AND t.status = 'active'
WHERE j.job_id = $1 AND j.job_type IN ('sync', 'refresh', 'backfill', 'replay')
ORDER BY t.created_at, t.transformation_id
RETURNING transformation_run_id;

-- name: turn
-- Who takes a run is alone at it, and sees what the one before has taken.
SELECT pg_advisory_xact_lock(hashtextextended('atlas.transformation_runs', 0));

-- name: take
-- The oldest run that is due, or whose worker has let its lease run out; of a transformation one at a time.
-- $1 host   $2 lease in seconds
UPDATE pipeline.transformation_runs r
SET status = 'running', tries = tries + 1, host = $1, lease_until = clock_timestamp() + make_interval(secs => $2::float8),
    started_at = coalesce(started_at, clock_timestamp()), due_at = NULL, step = NULL, nodes_done = 0, nodes_total = NULL
WHERE r.transformation_run_id = (
    SELECT w.transformation_run_id FROM pipeline.transformation_runs w
    WHERE w.status IN ('pending', 'running') AND CASE w.status
        WHEN 'running' THEN w.lease_until < clock_timestamp()
        ELSE (w.due_at IS NULL OR w.due_at <= clock_timestamp()) AND NOT EXISTS (
            SELECT FROM pipeline.transformation_runs o
            WHERE o.transformation_id = w.transformation_id
              AND (o.status = 'running' OR o.status = 'cancelled' AND o.lease_until > clock_timestamp())) END
    ORDER BY w.transformation_run_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING r.transformation_run_id, r.tries;

-- name: tell
-- How far it is; the lease is renewed. No row if it was cancelled, or is another's by now.
-- $1 transformation_run_id   $2 tries   $3 step   $4 nodes done   $5 nodes in all   $6 lease in seconds
UPDATE pipeline.transformation_runs
SET step = $3, nodes_done = $4, nodes_total = $5, lease_until = clock_timestamp() + make_interval(secs => $6::float8)
WHERE transformation_run_id = $1 AND tries = $2 AND status = 'running'
RETURNING transformation_run_id;

-- name: end
-- No row if it was cancelled, or is another's by now.
-- $1 transformation_run_id   $2 tries   $3 status   $4 failure   $5 step   $6 warnings   $7 dbt_version   $8 nodes done
-- $9 nodes in all
UPDATE pipeline.transformation_runs
SET status = $3, failure = $4::jsonb, step = coalesce($5, step), warnings = $6, dbt_version = $7, nodes_done = $8,
    nodes_total = $9, ended_at = clock_timestamp(), lease_until = NULL
WHERE transformation_run_id = $1 AND tries = $2 AND status = 'running'
RETURNING retried;

-- name: put_back
-- Its worker was asked to stop: another may begin at once, and no try is charged. $1 transformation_run_id   $2 tries
UPDATE pipeline.transformation_runs SET status = 'pending', tries = tries - 1, lease_until = NULL
WHERE transformation_run_id = $1 AND tries = $2 AND status = 'running';

-- name: cancel
-- Its worker finds out by its next word. $1 transformation_run_id
UPDATE pipeline.transformation_runs SET status = 'cancelled', ended_at = clock_timestamp(), due_at = NULL
WHERE transformation_run_id = $1 AND status IN ('pending', 'running')
RETURNING transformation_run_id;

-- name: cancel_all
-- $1 transformation_id
UPDATE pipeline.transformation_runs SET status = 'cancelled', ended_at = clock_timestamp(), due_at = NULL
WHERE transformation_id = $1 AND status IN ('pending', 'running');

-- name: cancel_after
-- The runs that follow a job. $1 job_id
UPDATE pipeline.transformation_runs SET status = 'cancelled', ended_at = clock_timestamp(), due_at = NULL
WHERE after_job_id = $1 AND status IN ('pending', 'running')
RETURNING transformation_run_id;

-- name: let_go
-- The dbt of a cancelled run is gone. No row if it was not cancelled. $1 transformation_run_id   $2 tries
UPDATE pipeline.transformation_runs SET lease_until = NULL
WHERE transformation_run_id = $1 AND tries = $2 AND status = 'cancelled'
RETURNING transformation_run_id;

-- name: get
-- $1 transformation_run_id
SELECT r.transformation_run_id, r.transformation_id, r.workspace_id, t.name, r.run_id, r.status, r.asked_by,
       r.after_job_id, r.parent_run::text AS parent_run, r.retry_of, r.retried, r.tries, r.host, r.dbt_version, r.step,
       r.nodes_done, r.nodes_total, r.warnings, r.failure::text AS failure, r.created_at, r.due_at, r.started_at,
       r.ended_at, r.log_dropped, r.log_forgotten_at
FROM pipeline.transformation_runs r JOIN pipeline.transformations t USING (transformation_id)
WHERE r.transformation_run_id = $1;

-- name: listed
-- The newest first. $1 workspace_ids   $2 transformation_id   $3 job_id   $4 status   $5 limit   $6 offset
-- $7 the newest of them, or null
SELECT r.transformation_run_id, r.transformation_id, r.workspace_id, t.name, r.run_id, r.status, r.asked_by,
       r.after_job_id, r.parent_run::text AS parent_run, r.retry_of, r.retried, r.tries, r.host, r.dbt_version, r.step,
       r.nodes_done, r.nodes_total, r.warnings, r.failure::text AS failure, r.created_at, r.due_at, r.started_at,
       r.ended_at, r.log_dropped, r.log_forgotten_at
FROM pipeline.transformation_runs r JOIN pipeline.transformations t USING (transformation_id)
WHERE ($1::uuid[] IS NULL OR r.workspace_id = ANY ($1)) AND ($2::uuid IS NULL OR r.transformation_id = $2)
  AND ($3::bigint IS NULL OR r.after_job_id = $3) AND ($4::text IS NULL OR r.status = $4)
  AND ($7::bigint IS NULL OR r.transformation_run_id <= $7)
ORDER BY r.transformation_run_id DESC LIMIT $5 OFFSET $6;

-- name: parent_job
-- The attempt that a run follows, as lineage names it: the last of its job; and the run that the job is a part of.
-- $1 job_id
SELECT a.run_id, c.name AS job_name, j.parent_run::text AS parent_run
FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id)
WHERE a.job_id = $1 ORDER BY a.number DESC LIMIT 1;
