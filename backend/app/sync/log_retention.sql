-- name: forget_attempts
-- How many logs were let go of. $1 days   $2 how many at once
WITH old AS (
    SELECT t.attempt_id FROM pipeline.log_totals t JOIN pipeline.attempts a USING (attempt_id)
    WHERE t.forgotten_at IS NULL AND a.ended_at < clock_timestamp() - make_interval(days => $1)
    ORDER BY t.attempt_id LIMIT $2 FOR UPDATE OF t SKIP LOCKED
), gone AS (
    DELETE FROM pipeline.log_lines l USING old WHERE l.attempt_id = old.attempt_id
), told AS (
    UPDATE pipeline.log_totals t SET forgotten_at = clock_timestamp() FROM old WHERE t.attempt_id = old.attempt_id
    RETURNING t.attempt_id
)
SELECT count(*) FROM told;

-- name: forget_transformation_runs
-- $1 days   $2 how many at once
WITH old AS (
    SELECT r.transformation_run_id FROM pipeline.transformation_runs r
    WHERE r.log_forgotten_at IS NULL AND r.ended_at < clock_timestamp() - make_interval(days => $1)
    ORDER BY r.ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM pipeline.transformation_log_lines l USING old WHERE l.transformation_run_id = old.transformation_run_id
), told AS (
    UPDATE pipeline.transformation_runs r SET log_forgotten_at = clock_timestamp() FROM old
    WHERE r.transformation_run_id = old.transformation_run_id
    RETURNING r.transformation_run_id
)
SELECT count(*) FROM told;
