-- name: waiting
-- Streams of which something waits for the next job. $1 stream_ids
SELECT stream_id FROM pipeline.schema_changes WHERE status = 'accepted' AND stream_id = ANY ($1::bigint[])
UNION
SELECT stream_id FROM pipeline.column_backfills WHERE done_at IS NULL AND stream_id = ANY ($1::bigint[]);
