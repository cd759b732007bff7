-- name: ensure_workspace
-- $1 workspace_id   $2 name
INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: has_workspace
-- $1 workspace_id
SELECT 1 FROM pipeline.workspaces WHERE workspace_id = $1 AND deleted_at IS NULL;

-- name: ensure_destination
-- $1 destination_id   $2 workspace_id   $3 name   $4 configuration
INSERT INTO pipeline.destinations (destination_id, workspace_id, name, configuration)
VALUES ($1, $2, $3, $4::jsonb)
ON CONFLICT (destination_id) DO UPDATE SET configuration = excluded.configuration
WHERE destinations.configuration <> excluded.configuration;

-- name: create_source
-- $1 source_id   $2 workspace_id   $3 name   $4 connector   $5 configuration   $6 resource_allocation
INSERT INTO pipeline.sources (source_id, workspace_id, name, connector, configuration, resource_allocation)
VALUES ($1, $2, $3, $4, $5::jsonb, $6::json);

-- name: configure_source
-- $1 source_id   $2 configuration   $3 without what its connector's specification marks
UPDATE pipeline.sources
SET configuration = $2::jsonb, sealed_at = CASE WHEN $3 THEN clock_timestamp() ELSE sealed_at END
WHERE source_id = $1;

-- name: hold_source
-- $1 source_id
SELECT source_id, workspace_id, name, connector, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.sources WHERE source_id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: unsealed_sources
SELECT source_id, workspace_id, name, connector, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.sources WHERE sealed_at IS NULL AND deleted_at IS NULL ORDER BY source_id;

-- name: get_source
-- $1 source_id
SELECT source_id, workspace_id, name, connector, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.sources WHERE source_id = $1;

-- name: list_sources
-- $1 workspace_ids   $2 limit   $3 offset   $4 true for those too that were deleted
SELECT source_id, workspace_id, name, connector, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.sources
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND ($4 OR deleted_at IS NULL)
ORDER BY created_at, source_id LIMIT $2 OFFSET $3;

-- name: get_destination
-- $1 destination_id
SELECT destination_id, workspace_id, name, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.destinations WHERE destination_id = $1 AND deleted_at IS NULL;

-- name: list_destinations
-- $1 workspace_ids   $2 limit   $3 offset   $4 true for those too that were deleted
SELECT destination_id, workspace_id, name, configuration::text AS configuration, created_at,
       resource_allocation::text AS resource_allocation
FROM pipeline.destinations
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND ($4 OR deleted_at IS NULL)
ORDER BY created_at, destination_id LIMIT $2 OFFSET $3;

-- name: create_connection
-- $1 connection_id   $2 workspace_id   $3 source_id   $4 destination_id   $5 name   $6 on_misfit   $7 prefix
-- $8 what else was written of it
INSERT INTO pipeline.connections (connection_id, workspace_id, source_id, destination_id, name, on_misfit, prefix, as_sent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json);

-- name: get_connection
-- $1 connection_id
SELECT connection_id, workspace_id, source_id, destination_id, name, status, on_misfit, hard_deletes,
       on_empty, on_held, on_schema_change, on_unchanged, prefix, created_at, as_sent::text AS as_sent, engine,
       (SELECT l.elsewhere::text FROM pipeline.remote_links l
        WHERE l.connection_id = connections.connection_id AND engine <> 'local') AS elsewhere
FROM pipeline.connections WHERE connection_id = $1;

-- name: find_connection
-- $1 a name, or an id as text
SELECT connection_id, workspace_id, source_id, destination_id, name, status, on_misfit, hard_deletes,
       on_empty, on_held, on_schema_change, on_unchanged, prefix, created_at, as_sent::text AS as_sent, engine,
       (SELECT l.elsewhere::text FROM pipeline.remote_links l
        WHERE l.connection_id = connections.connection_id AND engine <> 'local') AS elsewhere
FROM pipeline.connections
WHERE (connection_id::text = lower($1) OR name = $1) AND status <> 'deprecated'
LIMIT 2;

-- name: list_connections
-- $1 workspace_ids   $2 limit   $3 offset   $4 true for those too that were deleted   $5 tag_ids
SELECT connection_id, workspace_id, source_id, destination_id, name, status, on_misfit, hard_deletes,
       on_empty, on_held, on_schema_change, on_unchanged, prefix, created_at, as_sent::text AS as_sent, engine,
       (SELECT l.elsewhere::text FROM pipeline.remote_links l
        WHERE l.connection_id = connections.connection_id AND engine <> 'local') AS elsewhere
FROM pipeline.connections
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND ($4 OR status <> 'deprecated')
  AND ($5::uuid[] IS NULL OR connection_id IN (SELECT t.connection_id FROM pipeline.connection_tags t
                                               WHERE t.tag_id = ANY ($5)))
ORDER BY created_at, connection_id LIMIT $2 OFFSET $3;

-- name: create_stream
-- $1 connection_id   $2 namespace   $3 name   $4 table_name   $5 position   $6 sync_mode
-- $7 cursor_field   $8 primary_key   $9 stream   $10 has_rest   $11 nested   $12 check_cols
-- $13 left_out   $14 how it was written
INSERT INTO pipeline.streams (connection_id, namespace, name, table_name, position, sync_mode,
                              cursor_field, primary_key, stream, has_rest, nested, check_cols, left_out, as_sent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::json, $10, $11, $12, $13, $14::json)
RETURNING stream_id;

-- name: create_columns
-- $1 stream_id   $2 paths as JSON   $3 column names   $4 types   $5 which are required
INSERT INTO pipeline.columns (stream_id, position, path, column_name, type, is_required, schema_version)
SELECT $1, c.position, c.path::jsonb, c.column_name, c.type, c.is_required, 1
FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) WITH ORDINALITY
    AS c (path, column_name, type, is_required, position);

-- name: note_version
-- $1 stream_id   $2 version   $3 stream   $4 adopted_by   $5 job_id
INSERT INTO pipeline.schema_versions (stream_id, version, stream, adopted_by, job_id)
VALUES ($1, $2, $3::json, $4, $5);

-- name: deselect
-- $1 stream_id
UPDATE pipeline.streams SET selected = false WHERE stream_id = $1;

-- name: stream_ids
-- All streams that a connection has or had. $1 connection_id
SELECT namespace, name FROM pipeline.streams WHERE connection_id = $1;

-- name: next_position
-- $1 connection_id
SELECT coalesce(max(position), -1) + 1 FROM pipeline.streams WHERE connection_id = $1;

-- name: list_streams
-- The selected streams of a connection. $1 connection_id   $2 true for those too that it reads no more
SELECT stream_id, table_name, sync_mode, cursor_field, primary_key::text AS primary_key,
       stream::text AS stream, generation_id, schema_version, has_rest, rest_since, nested, check_cols, left_out,
       as_sent::text AS as_sent,
       ARRAY(SELECT c.cleared_at FROM pipeline.clears c WHERE c.stream_id = s.stream_id ORDER BY c.cleared_at) AS cleared_at,
       ARRAY(SELECT c.recorded_at FROM pipeline.clears c WHERE c.stream_id = s.stream_id ORDER BY c.cleared_at) AS clears_recorded_at,
       (SELECT coalesce(json_agg(t), '[]')::text FROM pipeline.child_tables t WHERE t.stream_id = s.stream_id) AS children,
       ARRAY(SELECT w.rule FROM quarantine.waivers w WHERE w.stream_id = s.stream_id) AS waived
FROM pipeline.streams s WHERE connection_id = $1 AND (selected OR $2) AND dropped_at IS NULL ORDER BY position;

-- name: list_columns
-- $1 connection_id
SELECT c.stream_id, c.path::text AS path, c.column_name, c.type, c.is_required, c.schema_version, c.contract,
       c.formerly::text AS formerly, c.has_variant, c.json_since
FROM pipeline.columns c JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 ORDER BY c.stream_id, c.position;

-- name: note_connector
-- $1 name   $2 version   $3 command   $4 sha256   $5 python_version
INSERT INTO pipeline.connectors (name, version, command, sha256, python_version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, command = excluded.command, sha256 = excluded.sha256,
    python_version = excluded.python_version, installed_at = now()
WHERE connectors.sha256 <> excluded.sha256 OR connectors.command <> excluded.command;
