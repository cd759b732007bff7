-- name: current
-- The newest decision of every path. $1 stream_id
SELECT DISTINCT ON (path) path, verdict, entity, confidence, action, evidence::text AS evidence, decided_by
FROM pii.column_decisions WHERE stream_id = $1
ORDER BY path, decision_id DESC;

-- name: add
-- $1 stream_id   $2 path   $3 verdict   $4 entity   $5 confidence   $6 action   $7 evidence   $8 decided_by
INSERT INTO pii.column_decisions (stream_id, path, verdict, entity, confidence, action, evidence, decided_by)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8);
