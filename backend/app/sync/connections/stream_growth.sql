-- name: add_columns
-- $1 stream_id   $2 paths as JSON   $3 column names   $4 types   $5 which are required   $6 schema version
INSERT INTO pipeline.columns (stream_id, position, path, column_name, type, is_required, schema_version)
SELECT $1, (SELECT coalesce(max(position), 0) FROM pipeline.columns WHERE stream_id = $1) + c.position,
       c.path::jsonb, c.column_name, c.type, c.is_required, $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) WITH ORDINALITY
    AS c (path, column_name, type, is_required, position);

-- name: change_columns
-- $1 stream_id   $2 paths as JSON   $3 types   $4 which are required
UPDATE pipeline.columns c SET type = n.type, is_required = n.is_required
FROM unnest($2::text[], $3::text[], $4::boolean[]) AS n (path, type, is_required)
WHERE c.stream_id = $1 AND c.path = n.path::jsonb;

-- name: read_by
-- Read a stream by another schema from now on. $1 stream_id   $2 stream   $3 version   $4 has_rest
UPDATE pipeline.streams SET stream = $2::json, schema_version = $3, has_rest = $4 WHERE stream_id = $1;

-- name: set_contract
-- $1 stream_id   $2 path as JSON   $3 contract
UPDATE pipeline.columns SET contract = $3 WHERE stream_id = $1 AND path = $2::jsonb;
