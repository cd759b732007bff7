-- name: events
-- Events, the newest first; those of no attempt of Atlas's are for who may see all workspaces.
-- $1 workspace_ids   $2 connection_id   $3 run of an attempt or stream   $4 job_id   $5 event_type
-- $6 dataset's namespace   $7 its name   $8 limit   $9 offset   $10 the newest of them, or null
SELECT e.event_id, e.run_id, e.event -> 'run' ->> 'runId' AS stream_run_id, e.job_name, e.event_type, e.created_at,
       e.delivered_at, j.connection_id, j.job_id, a.number AS attempt, octet_length(e.event::text) AS size_bytes
FROM lineage.outbox e
LEFT JOIN pipeline.attempts a ON a.run_id = e.run_id
LEFT JOIN pipeline.jobs j USING (job_id)
LEFT JOIN pipeline.connections c USING (connection_id)
LEFT JOIN pipeline.transformation_runs r ON r.run_id = e.run_id
WHERE ($1::uuid[] IS NULL OR coalesce(c.workspace_id, r.workspace_id) = ANY ($1))
  AND ($2::uuid IS NULL OR j.connection_id = $2)
  AND ($3::uuid IS NULL OR e.run_id = $3 OR e.run_id IN (SELECT d.attempt_run_id FROM lineage.run_datasets d
       WHERE d.run_id = $3) AND e.event -> 'run' ->> 'runId' = $3::text)
  AND ($4::bigint IS NULL OR j.job_id = $4) AND ($5::text IS NULL OR e.event_type = $5)
  AND ($7::text IS NULL OR (e.run_id, e.event -> 'run' ->> 'runId') IN (
       SELECT d.attempt_run_id, d.run_id::text FROM lineage.run_datasets d
       WHERE d.name = $7 AND ($6::text IS NULL OR d.namespace = $6)))
  AND ($10::bigint IS NULL OR e.event_id <= $10)
ORDER BY e.event_id DESC LIMIT $8 OFFSET $9;

-- name: event
-- $1 event_id   $2 workspace_ids
SELECT e.event::text AS event FROM lineage.outbox e
WHERE e.event_id = $1 AND ($2::uuid[] IS NULL OR EXISTS (
    SELECT FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id)
    WHERE a.run_id = e.run_id AND c.workspace_id = ANY ($2)) OR EXISTS (
    SELECT FROM pipeline.transformation_runs r WHERE r.run_id = e.run_id AND r.workspace_id = ANY ($2)));

-- name: datasets_called
-- The datasets of a name. $1 name   $2 namespace, or null   $3 workspace_ids
SELECT DISTINCT d.namespace, d.name FROM lineage.run_datasets d
WHERE d.name = $1 AND ($2::text IS NULL OR d.namespace = $2) AND {is_seen};

-- name: datasets_of
-- The datasets of a connection. $1 connection_id   $2 limit   $3 workspace_ids
SELECT DISTINCT d.namespace, d.name FROM lineage.run_datasets d
JOIN pipeline.attempts o ON o.run_id = d.attempt_run_id JOIN pipeline.jobs p ON p.job_id = o.job_id
WHERE p.connection_id = $1 AND {is_seen} LIMIT $2;

-- name: is_seen
-- Whether a run is of a workspace that may be seen.
($3::uuid[] IS NULL OR EXISTS (
    SELECT FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id)
    WHERE a.run_id = d.attempt_run_id AND c.workspace_id = ANY ($3)) OR EXISTS (
    SELECT FROM pipeline.transformation_runs r WHERE r.run_id = d.attempt_run_id AND r.workspace_id = ANY ($3)))

-- name: of_datasets
-- The jobs that read or write some datasets. $1 namespaces   $2 names   $3 workspace_ids   $4 roles
SELECT d.role, d.namespace, d.name, d.job_namespace, d.job_name, count(*) AS runs, max(d.told_at) AS last_at,
       (array_agg(d.rows ORDER BY d.told_at DESC))[1] AS rows,
       (array_agg(d.event_type ORDER BY d.told_at DESC))[1] AS last_event
FROM unnest($1::text[], $2::text[]) AS w (namespace, name)
JOIN lineage.run_datasets d USING (namespace, name)
WHERE d.role = ANY ($4::text[]) AND {is_seen}
GROUP BY d.role, d.namespace, d.name, d.job_namespace, d.job_name
ORDER BY d.namespace, d.name, d.job_namespace, d.job_name LIMIT 2000;

-- name: of_jobs
-- What some jobs read or write. $1 job_namespaces   $2 job_names   $3 workspace_ids   $4 roles
SELECT d.role, d.namespace, d.name, d.job_namespace, d.job_name, count(*) AS runs, max(d.told_at) AS last_at,
       (array_agg(d.rows ORDER BY d.told_at DESC))[1] AS rows,
       (array_agg(d.event_type ORDER BY d.told_at DESC))[1] AS last_event
FROM unnest($1::text[], $2::text[]) AS w (job_namespace, job_name)
JOIN lineage.run_datasets d USING (job_namespace, job_name)
WHERE d.role = ANY ($4::text[]) AND {is_seen}
GROUP BY d.role, d.namespace, d.name, d.job_namespace, d.job_name
ORDER BY d.namespace, d.name, d.job_namespace, d.job_name LIMIT 2000;

-- name: derivations
-- Which of some datasets have columns that come from others of them. $1 namespaces   $2 names   $3 workspace_ids
WITH w AS (SELECT * FROM unnest($1::text[], $2::text[]) AS w (namespace, name))
SELECT d.from_namespace, d.from_name, d.to_namespace, d.to_name, count(*) AS runs, max(d.told_at) AS last_at,
       (array_agg(d.columns ORDER BY d.told_at DESC))[1] AS columns,
       (array_agg(d.masked ORDER BY d.told_at DESC))[1] AS masked
FROM lineage.run_derivations d
JOIN w t ON (t.namespace, t.name) = (d.to_namespace, d.to_name)
JOIN w f ON (f.namespace, f.name) = (d.from_namespace, d.from_name)
WHERE {is_seen}
GROUP BY d.from_namespace, d.from_name, d.to_namespace, d.to_name
ORDER BY d.from_namespace, d.from_name, d.to_namespace, d.to_name;

-- name: last_runs
-- The connection and its newest job that ran each of some jobs of lineage. $1 job_namespaces   $2 job_names   $3 workspace_ids
SELECT DISTINCT ON (d.job_namespace, d.job_name) d.job_namespace, d.job_name, j.connection_id, c.name AS connection, j.job_id
FROM unnest($1::text[], $2::text[]) AS w (job_namespace, job_name)
JOIN lineage.run_datasets d USING (job_namespace, job_name)
JOIN pipeline.attempts a ON a.run_id = d.attempt_run_id
JOIN pipeline.jobs j USING (job_id)
JOIN pipeline.connections c USING (connection_id)
WHERE {is_seen}
ORDER BY d.job_namespace, d.job_name, j.job_id DESC;
