-- name: find
-- A connection, and a stream of it if it has that. $1 connection_id   $2 namespace   $3 name
SELECT c.status, c.on_misfit, s.stream_id, s.table_name, s.sync_mode, s.cursor_field,
       s.primary_key::text AS primary_key, s.stream::text AS stream, s.generation_id, s.schema_version, s.has_rest, s.rest_since, s.nested, s.check_cols, s.left_out,
       s.as_sent::text AS as_sent,
       ARRAY(SELECT e.cleared_at FROM pipeline.clears e WHERE e.stream_id = s.stream_id ORDER BY e.cleared_at) AS cleared_at,
       ARRAY(SELECT e.recorded_at FROM pipeline.clears e WHERE e.stream_id = s.stream_id ORDER BY e.cleared_at) AS clears_recorded_at,
       (SELECT coalesce(json_agg(t), '[]')::text FROM pipeline.child_tables t WHERE t.stream_id = s.stream_id) AS children,
       ARRAY(SELECT w.rule FROM quarantine.waivers w WHERE w.stream_id = s.stream_id) AS waived
FROM pipeline.connections c
LEFT JOIN pipeline.streams s
    ON s.connection_id = c.connection_id AND s.namespace = $2 AND s.name = $3 AND s.selected
WHERE c.connection_id = $1;

-- name: columns
-- $1 stream_id
SELECT path::text AS path, column_name, type, is_required, schema_version, contract, formerly::text AS formerly, has_variant, json_since
FROM pipeline.columns WHERE stream_id = $1 ORDER BY position;

-- name: freshness
-- The promotion that brought the newest published batch. $1 stream_id
SELECT o.promotion_id, w.recorded_at AS promoted_at, b.extracted_at
FROM pipeline.watermarks w
LEFT JOIN pipeline.batches b ON b.batch_id = w.batch_id
LEFT JOIN pipeline.batch_outcomes o ON o.batch_id = w.batch_id
WHERE w.stream_id = $1;

-- name: listed
-- $1 workspace_ids   $2 connection_id   $3 a part of any name, description or tag   $4 layer that has it   $5 tag   $6 owner
-- $7 limit   $8 offset
SELECT c.connection_id, c.name AS connection, s.stream_id, s.namespace, s.name, s.table_name,
       (SELECT count(*) FROM pipeline.columns k WHERE k.stream_id = s.stream_id) AS columns,
       l.description, coalesce(l.tags, '{}') AS tags, coalesce(l.owners, '{}') AS owners,
       to_regclass(format('explore.%I', s.table_name || '_raw')) IS NOT NULL AS in_explore,
       to_regclass(format('chart.%I', s.table_name)) IS NOT NULL AS in_chart,
       to_regclass(format('navigate.%I', s.table_name)) IS NOT NULL AS in_navigate
FROM pipeline.connections c
JOIN pipeline.streams s USING (connection_id)
LEFT JOIN pipeline.dataset_labels l USING (stream_id)
WHERE ($1::uuid[] IS NULL OR c.workspace_id = ANY ($1)) AND c.status <> 'deprecated' AND s.selected
  AND ($2::uuid IS NULL OR c.connection_id = $2)
  AND ($3::text IS NULL OR position($3 IN lower(concat_ws(' ', c.name, s.namespace, s.name, s.table_name, l.description,
                                                          array_to_string(l.tags, ' ')))) > 0)
  AND ($4::text IS NULL OR CASE $4 WHEN 'explore' THEN to_regclass(format('explore.%I', s.table_name || '_raw'))
                                   ELSE to_regclass(format('%I.%I', $4, s.table_name)) END IS NOT NULL)
  AND ($5::text IS NULL OR $5 = ANY (l.tags)) AND ($6::text IS NULL OR $6 = ANY (l.owners))
ORDER BY c.created_at, c.connection_id, s.position LIMIT $7 OFFSET $8;

-- name: explored
-- The records that explore has of a stream. $1 stream_id
SELECT coalesce(sum(explored), 0)::bigint AS records, max(batch_id) FILTER (WHERE explored > 0) AS newest
FROM pipeline.batches WHERE stream_id = $1 AND voided_at IS NULL AND removed_at IS NULL;

-- name: last_job
-- The newest job of a connection. $1 connection_id
SELECT job_id, job_type, status, mode, created_at, ended_at FROM pipeline.jobs
WHERE connection_id = $1 ORDER BY job_id DESC LIMIT 1;
