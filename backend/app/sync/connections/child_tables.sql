-- name: taken
-- Names of tables that begin like a stream's child tables. $1 the beginning
SELECT table_name FROM pipeline.streams WHERE starts_with(table_name, $1)
UNION SELECT table_name FROM pipeline.child_tables WHERE starts_with(table_name, $1);

-- name: keep
-- $1 stream_id   $2 fields   $3 table names   $4 columns as JSON
INSERT INTO pipeline.child_tables (stream_id, field, table_name, columns)
SELECT $1, c.field, c.table_name, c.columns::json
FROM unnest($2::text[], $3::text[], $4::text[]) AS c (field, table_name, columns)
ON CONFLICT (stream_id, field) DO UPDATE SET columns = excluded.columns;
