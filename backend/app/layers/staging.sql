-- name: create
-- A staging table of one range; one that a dead attempt left under this name goes.
DROP TABLE IF EXISTS {staging};
CREATE UNLOGGED TABLE {staging} (
    {columns}
) WITH (autovacuum_enabled = false);

-- name: rows_by_batch
SELECT _atlas_batch_id AS batch_id, count(*)::int AS rows FROM {staging} GROUP BY 1;

-- name: drop
DROP TABLE IF EXISTS {staging};

-- name: left_over
-- Staging tables of a stream. $1 the stream's table name
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'staging' AND c.relkind = 'r'
  AND (c.relname ~ ('^' || $1 || '_[0-9]+$') OR c.relname ~ ('^[0-9]+_' || $1 || '$'));

-- name: has_changed
-- Whether a record of the range was mended on its way into explore, and whether one was corrected.
-- $1 stream_id   $2 after   $3 last
SELECT EXISTS (
    SELECT FROM quarantine.explore_records
    WHERE stream_id = $1 AND batch_id > $2 AND batch_id <= $3 AND status = 'mended'
) AS mended, EXISTS (
    SELECT FROM quarantine.fixes
    WHERE stream_id = $1 AND batch_id > $2 AND batch_id <= $3 AND applied_at IS NOT NULL
) AS fixed;

-- name: corrected
-- Explore with the corrections that were replayed in the place of what was sent.
(SELECT x.batch_id, x.seq, coalesce(f.data, x.data) AS data, coalesce(f.content_hash, x.content_hash) AS content_hash
 FROM {explore} x
 LEFT JOIN quarantine.fixes f ON f.batch_id = x.batch_id AND f.seq = x.seq AND f.applied_at IS NOT NULL)

-- name: last_covered
-- $1 stream_id   $2 true to ask for the end of the stream alone
SELECT coalesce(max(through_batch_id), 0) FROM pipeline.checkpoints
WHERE stream_id = $1 AND (is_complete OR NOT $2);
