-- name: stream
-- $1 connection_id   $2 name   $3 namespace
SELECT stream_id FROM pipeline.streams WHERE connection_id = $1 AND name = $2 AND namespace = $3 AND selected;

-- name: has_column
-- $1 stream_id   $2 column
SELECT EXISTS (SELECT FROM pipeline.columns WHERE stream_id = $1 AND column_name = $2);

-- name: waive
-- $1 stream_id   $2 rule   $3 by whom
INSERT INTO quarantine.waivers (stream_id, rule, waived_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: restore
-- $1 stream_id   $2 rule
DELETE FROM quarantine.waivers WHERE stream_id = $1 AND rule = $2;

-- name: list
-- $1 connection_id
SELECT s.name, nullif(s.namespace, '') AS namespace, w.rule, w.waived_by, w.waived_at
FROM quarantine.waivers w JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 ORDER BY s.position, w.rule;
