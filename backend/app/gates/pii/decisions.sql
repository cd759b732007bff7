-- name: current
-- The newest decision of every path. $1 stream_id
SELECT DISTINCT ON (path) path, verdict, entity, confidence, action, evidence::text AS evidence, decided_by
FROM pii.column_decisions WHERE stream_id = $1
ORDER BY path, decision_id DESC;

-- name: unmasked
-- The paths that a person lets pass, and that an earlier decision masks. $1 stream_id
SELECT now.path
FROM (SELECT DISTINCT ON (path) path, action, decided_by FROM pii.column_decisions WHERE stream_id = $1
      ORDER BY path, decision_id DESC) now
WHERE now.action = 'pass' AND now.decided_by = 'person'
  AND EXISTS (SELECT FROM pii.column_decisions d WHERE d.stream_id = $1 AND d.path = now.path AND d.action = 'mask')
ORDER BY now.path;

-- name: add
-- $1 stream_id   $2 path   $3 verdict   $4 entity   $5 confidence   $6 action   $7 evidence   $8 decided_by
-- $9 actor   $10 reason
INSERT INTO pii.column_decisions (stream_id, path, verdict, entity, confidence, action, evidence, decided_by, actor, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10);

-- name: history
-- All that was decided of a path, the newest first. $1 stream_id   $2 path   $3 limit   $4 offset
-- $5 the newest of them, or null
SELECT decision_id, path, verdict, entity, confidence, action, evidence::text AS evidence, decided_by, decided_at, actor,
       reason
FROM pii.column_decisions WHERE stream_id = $1 AND path = $2 AND ($5::bigint IS NULL OR decision_id <= $5)
ORDER BY decision_id DESC LIMIT $3 OFFSET $4;

-- name: in_force
-- The newest decision of every path, each by one probe: those before it may be many. $1 stream_id
WITH RECURSIVE newest AS (
    (SELECT d.path, d.verdict, d.entity, d.confidence, d.action, d.evidence, d.decided_by, d.decided_at
     FROM pii.column_decisions d WHERE d.stream_id = $1
     ORDER BY d.path DESC, d.decision_id DESC LIMIT 1)
    UNION ALL
    SELECT d.path, d.verdict, d.entity, d.confidence, d.action, d.evidence, d.decided_by, d.decided_at
    FROM newest n CROSS JOIN LATERAL (
        SELECT d.path, d.verdict, d.entity, d.confidence, d.action, d.evidence, d.decided_by, d.decided_at
        FROM pii.column_decisions d WHERE d.stream_id = $1 AND d.path < n.path
        ORDER BY d.path DESC, d.decision_id DESC LIMIT 1
    ) d
)
SELECT path, verdict, entity, confidence, action, evidence::text AS evidence, decided_by, decided_at
FROM newest ORDER BY path;
