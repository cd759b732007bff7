-- name: of_stream
-- $1 stream_id
SELECT description, tags, owners, changed_by, changed_at FROM pipeline.dataset_labels WHERE stream_id = $1;

-- name: keep
-- $1 stream_id   $2 description   $3 tags   $4 owners   $5 changed_by
INSERT INTO pipeline.dataset_labels (stream_id, workspace_id, description, tags, owners, changed_by)
SELECT s.stream_id, c.workspace_id, $2, $3, $4, $5
FROM pipeline.streams s JOIN pipeline.connections c USING (connection_id) WHERE s.stream_id = $1
ON CONFLICT (stream_id) DO UPDATE
    SET description = excluded.description, tags = excluded.tags, owners = excluded.owners,
        changed_by = excluded.changed_by, changed_at = clock_timestamp();
