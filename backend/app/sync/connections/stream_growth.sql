-- name: add_columns
-- $1 stream_id   $2 paths as JSON   $3 column names   $4 types   $5 which are required   $6 schema version
INSERT INTO pipeline.columns (stream_id, position, path, column_name, type, is_required, schema_version)
SELECT $1, (SELECT coalesce(max(position), 0) FROM pipeline.columns WHERE stream_id = $1) + c.position,
       c.path::jsonb, c.column_name, c.type, c.is_required, $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) WITH ORDINALITY
    AS c (path, column_name, type, is_required, position);

-- name: change_columns
-- $1 stream_id   $2 paths as JSON   $3 types   $4 which are required   $5 schema versions by which they became JSON
UPDATE pipeline.columns c SET type = n.type, is_required = n.is_required, json_since = n.json_since
FROM unnest($2::text[], $3::text[], $4::boolean[], $5::int[]) AS n (path, type, is_required, json_since)
WHERE c.stream_id = $1 AND c.path = n.path::jsonb;

-- name: read_by
-- Read a stream by another schema from now on. $1 stream_id   $2 stream   $3 version   $4 has_rest   $5 since which
-- version
UPDATE pipeline.streams SET stream = $2::json, schema_version = $3, has_rest = $4, rest_since = $5 WHERE stream_id = $1;

-- name: set_contract
-- $1 stream_id   $2 path as JSON   $3 contract   $4 has_variant
UPDATE pipeline.columns SET contract = $3, has_variant = $4 WHERE stream_id = $1 AND path = $2::jsonb;

-- name: rename_columns
-- Read columns from other fields. $1 stream_id   $2 column names   $3 paths as JSON   $4 those before, as JSON
UPDATE pipeline.columns c SET path = n.path::jsonb, formerly = n.formerly::jsonb
FROM unnest($2::text[], $3::text[], $4::text[]) AS n (column_name, path, formerly)
WHERE c.stream_id = $1 AND c.column_name = n.column_name;

-- name: told_apart_by
-- $1 stream_id   $2 primary_key as JSON   $3 cursor_field
UPDATE pipeline.streams SET primary_key = $2::jsonb, cursor_field = $3 WHERE stream_id = $1;
