-- name: of_connection
-- $1 connection_id
SELECT max_age_days, max_generations, max_rows FROM pipeline.retention_policies WHERE connection_id = $1;

-- name: keep
-- $1 connection_id   $2 max_age_days   $3 max_generations   $4 max_rows
INSERT INTO pipeline.retention_policies (connection_id, max_age_days, max_generations, max_rows)
VALUES ($1, $2, $3, $4)
ON CONFLICT (connection_id) DO UPDATE
SET max_age_days = excluded.max_age_days, max_generations = excluded.max_generations, max_rows = excluded.max_rows,
    set_at = clock_timestamp();

-- name: forget
-- $1 connection_id
DELETE FROM pipeline.retention_policies WHERE connection_id = $1;

-- name: in_force
-- The connections that have one, and were not deleted.
SELECT connection_id FROM pipeline.retention_policies JOIN pipeline.connections USING (connection_id)
WHERE status <> 'deprecated' ORDER BY connection_id;
