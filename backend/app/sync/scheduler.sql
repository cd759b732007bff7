-- name: unfinished
-- Jobs that are not over.
SELECT job_id, connection_id FROM pipeline.jobs WHERE status IN ('pending', 'running') ORDER BY job_id;
