-- name: ask
-- $1 stream_id   $2 schema_version   $3 column names
INSERT INTO pipeline.column_backfills (stream_id, schema_version, columns) VALUES ($1, $2, $3);

-- name: pending
-- $1 stream_id
SELECT schema_version, columns, through_batch, rows, versions, misfits, asked_at, done_at
FROM pipeline.column_backfills WHERE stream_id = $1 AND done_at IS NULL ORDER BY schema_version;

-- name: of_version
-- $1 stream_id   $2 schema_version
SELECT schema_version, columns, through_batch, rows, versions, misfits, asked_at, done_at
FROM pipeline.column_backfills WHERE stream_id = $1 AND schema_version = $2;

-- name: note
-- $1 stream_id   $2 schema_version   $3 through_batch   $4 rows   $5 versions   $6 misfits
UPDATE pipeline.column_backfills
SET through_batch = $3, rows = rows + $4, versions = versions + $5, misfits = misfits + $6
WHERE stream_id = $1 AND schema_version = $2;

-- name: end
-- $1 stream_id   $2 schema_version
UPDATE pipeline.column_backfills SET done_at = clock_timestamp() WHERE stream_id = $1 AND schema_version = $2;
