-- name: listed
-- The newest decision of every path. $1 workspace_ids   $2 connection_id   $3 stream   $4 namespace   $5 entity
-- $6 action   $7 decided_by   $8 verdict   $9 limit   $10 offset
SELECT c.connection_id, c.name AS connection, s.name AS stream, nullif(s.namespace, '') AS namespace, s.table_name,
       k.column_name, k.type, d.decision_id, d.path, d.verdict, d.entity, d.confidence, d.action,
       d.evidence::text AS evidence, d.decided_by, d.decided_at, d.actor, d.reason
FROM pipeline.connections c
JOIN pipeline.streams s USING (connection_id)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (n.path) n.* FROM pii.column_decisions n
    WHERE n.stream_id = s.stream_id ORDER BY n.path, n.decision_id DESC
) d
LEFT JOIN pipeline.columns k ON k.stream_id = s.stream_id AND k.path = to_jsonb(d.path)
WHERE ($1::uuid[] IS NULL OR c.workspace_id = ANY ($1)) AND c.status <> 'deprecated' AND s.selected
  AND ($2::uuid IS NULL OR c.connection_id = $2) AND ($3::text IS NULL OR s.name = $3)
  AND ($4::text IS NULL OR s.namespace = $4) AND ($5::text IS NULL OR d.entity = $5)
  AND ($6::text IS NULL OR d.action = $6) AND ($7::text IS NULL OR d.decided_by = $7)
  AND ($8::text IS NULL OR d.verdict = $8)
ORDER BY c.created_at, c.connection_id, s.position, d.path
LIMIT $9 OFFSET $10;
