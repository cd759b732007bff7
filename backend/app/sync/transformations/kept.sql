-- name: keep_nodes
-- $1 transformation_run_id   $2 unique_ids   $3 kinds   $4 names   $5 statuses   $6 messages   $7 rows   $8 failures
-- $9 seconds   $10 relations
INSERT INTO pipeline.transformation_nodes
    (transformation_run_id, unique_id, place, kind, name, status, message, rows, failures, seconds, relation)
SELECT $1, n.unique_id, n.place, n.kind, n.name, n.status, n.message, n.rows, n.failures, n.seconds, n.relation
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::float8[],
            $10::text[]) WITH ORDINALITY
    AS n (unique_id, kind, name, status, message, rows, failures, seconds, relation, place)
ON CONFLICT (transformation_run_id, unique_id) DO NOTHING;

-- name: nodes
-- $1 transformation_run_id
SELECT unique_id, kind, name, status, message, rows, failures, seconds, relation
FROM pipeline.transformation_nodes WHERE transformation_run_id = $1 ORDER BY place, unique_id;

-- name: add_lines
-- As many as fit; the rest is counted.
-- $1 transformation_run_id   $2 instants   $3 levels   $4 messages   $5 limit in bytes   $6 dropped already
WITH said AS (
    SELECT l.at, l.level, l.message, l.place, octet_length(l.message) AS size_bytes,
           sum(octet_length(l.message)) OVER (ORDER BY l.place) AS up_to
    FROM unnest($2::timestamptz[], $3::smallint[], $4::text[]) WITH ORDINALITY AS l (at, level, message, place)
), room AS (
    SELECT $5 - log_bytes AS bytes FROM pipeline.transformation_runs WHERE transformation_run_id = $1 FOR UPDATE
), added AS (
    INSERT INTO pipeline.transformation_log_lines (transformation_run_id, at, level, message)
    SELECT $1, s.at, s.level, s.message FROM said s, room r WHERE s.up_to <= r.bytes ORDER BY s.place
)
UPDATE pipeline.transformation_runs
SET log_bytes = log_bytes + (SELECT coalesce(sum(s.size_bytes), 0) FROM said s, room r WHERE s.up_to <= r.bytes),
    log_dropped = log_dropped + $6 + (SELECT count(*) FROM said s, room r WHERE s.up_to > r.bytes)
WHERE transformation_run_id = $1;

-- name: lines
-- $1 transformation_run_id   $2 least level   $3 pattern of the message   $4 limit   $5 offset
SELECT line_id, at, level, message FROM pipeline.transformation_log_lines
WHERE transformation_run_id = $1 AND ($2::integer IS NULL OR level >= $2) AND ($3::text IS NULL OR message ILIKE $3)
ORDER BY line_id LIMIT $4 OFFSET $5;

-- name: keep_artifact
-- $1 transformation_run_id   $2 name   $3 content, packed   $4 size in bytes
INSERT INTO pipeline.transformation_artifacts (transformation_run_id, name, content, size_bytes)
VALUES ($1, $2, $3, $4)
ON CONFLICT (transformation_run_id, name) DO UPDATE SET content = excluded.content, size_bytes = excluded.size_bytes;

-- name: artifact
-- $1 transformation_run_id   $2 name
SELECT content FROM pipeline.transformation_artifacts WHERE transformation_run_id = $1 AND name = $2;

-- name: artifacts
-- $1 transformation_run_id
SELECT name, size_bytes FROM pipeline.transformation_artifacts WHERE transformation_run_id = $1 ORDER BY name;

-- name: keep_newest
-- Let go of the artifacts of a transformation's older runs. $1 transformation_run_id   $2 how many runs keep theirs
DELETE FROM pipeline.transformation_artifacts a
USING pipeline.transformation_runs r
WHERE a.transformation_run_id = r.transformation_run_id
  AND r.transformation_id = (SELECT transformation_id FROM pipeline.transformation_runs WHERE transformation_run_id = $1)
  AND r.transformation_run_id NOT IN (
    SELECT n.transformation_run_id FROM pipeline.transformation_runs n
    WHERE n.transformation_id = r.transformation_id ORDER BY n.transformation_run_id DESC LIMIT $2);
