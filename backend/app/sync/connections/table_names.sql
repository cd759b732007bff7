-- name: holder
-- Whose a table name is, of a stream or of the items of one; none if it is free. $1 table_name
SELECT c.connection_id, c.name AS connection, c.status, s.stream_id
FROM pipeline.streams s JOIN pipeline.connections c USING (connection_id)
WHERE s.dropped_at IS NULL
  AND (s.table_name = $1 OR EXISTS (SELECT FROM pipeline.child_tables t
                                    WHERE t.stream_id = s.stream_id AND t.table_name = $1))
LIMIT 1;
