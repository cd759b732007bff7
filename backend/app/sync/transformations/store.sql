-- name: create
-- $1 transformation_id   $2 workspace_id   $3 name   $4 after_connection_id   $5 project   $6 target   $7 selected
-- $8 excluded   $9 variables   $10 blocks_on_failed_tests   $11 makes_docs   $12 timeout_s   $13 retries
INSERT INTO pipeline.transformations
    (transformation_id, workspace_id, name, after_connection_id, project, target, selected, excluded, variables,
     environment, blocks_on_failed_tests, makes_docs, timeout_s, retries)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, '{}', $10, $11, $12, $13);

-- name: get
-- $1 transformation_id
SELECT transformation_id, workspace_id, name, status, after_connection_id, project, target, selected, excluded,
       variables::text AS variables, environment::text AS environment, blocks_on_failed_tests, makes_docs, timeout_s,
       retries, created_at, updated_at
FROM pipeline.transformations WHERE transformation_id = $1;

-- name: listed
-- Those that were not deleted, the oldest first. $1 workspace_ids   $2 connection_id   $3 limit   $4 offset
SELECT transformation_id, workspace_id, name, status, after_connection_id, project, target, selected, excluded,
       variables::text AS variables, environment::text AS environment, blocks_on_failed_tests, makes_docs, timeout_s,
       retries, created_at, updated_at
FROM pipeline.transformations
WHERE status <> 'deprecated' AND ($1::uuid[] IS NULL OR workspace_id = ANY ($1))
  AND ($2::uuid IS NULL OR after_connection_id = $2)
ORDER BY created_at, transformation_id LIMIT $3 OFFSET $4;

-- name: change
-- $1 transformation_id   $2 name   $3 status   $4 after_connection_id   $5 project   $6 target   $7 selected
-- $8 excluded   $9 variables   $10 blocks_on_failed_tests   $11 makes_docs   $12 timeout_s   $13 retries
UPDATE pipeline.transformations
SET name = $2, status = $3, after_connection_id = $4, project = $5, target = $6, selected = $7, excluded = $8,
    variables = $9::jsonb, blocks_on_failed_tests = $10, makes_docs = $11, timeout_s = $12, retries = $13,
    updated_at = clock_timestamp()
WHERE transformation_id = $1;

-- name: keep_environment
-- $1 transformation_id   $2 environment, with references where its secrets were
UPDATE pipeline.transformations SET environment = $2::jsonb WHERE transformation_id = $1;
