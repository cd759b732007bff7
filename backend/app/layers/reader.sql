-- name: as_of
-- $1 at   $2 recorded until, or null   $3 limit   $4 offset
SELECT (to_jsonb(v) - ARRAY['_atlas_batch_id', '_atlas_seq', 'row_hash', 'is_deleted'])::text AS row
FROM {as_of}($1, coalesce($2::timestamptz, 'infinity')) v
ORDER BY v.key_hash LIMIT $3 OFFSET $4;

-- name: both
-- The rows of two moments, side by side by their keys.
SELECT coalesce(b.key_hash, a.key_hash) AS key_hash, b.row AS before, a.row AS after,
       CASE WHEN b.key_hash IS NULL THEN 'added' WHEN a.key_hash IS NULL THEN 'removed'
            WHEN b.row IS DISTINCT FROM a.row THEN 'changed' ELSE 'same' END AS kind
FROM (SELECT v.key_hash, to_jsonb(r) AS row FROM {as_of}($1) v, LATERAL (SELECT {columns}) r) b
FULL JOIN (SELECT v.key_hash, to_jsonb(r) AS row FROM {as_of}($2) v, LATERAL (SELECT {columns}) r) a USING (key_hash)

-- name: counted
-- $1 since   $2 until
SELECT count(*) FILTER (WHERE kind = 'added')   AS added,   count(*) FILTER (WHERE kind = 'removed') AS removed,
       count(*) FILTER (WHERE kind = 'changed') AS changed, count(*) FILTER (WHERE kind = 'same')    AS same
FROM ({both}) d;

-- name: differences
-- $1 since   $2 until   $3 limit   $4 offset
SELECT d.key_hash, d.kind, d.before::text AS before, d.after::text AS after,
       CASE WHEN d.kind = 'changed' THEN
           (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(d.before || d.after) k
            WHERE d.before -> k IS DISTINCT FROM d.after -> k) END AS fields
FROM ({both}) d WHERE d.kind <> 'same'
ORDER BY d.key_hash LIMIT $3 OFFSET $4;

-- name: some_rows
-- Rows of chart or of navigate's current ones, in no order. $1 limit
SELECT to_jsonb(r)::text AS row FROM (SELECT {columns} FROM {table} v LIMIT $1) r;

-- name: some_chart_rows
-- The same of chart, each with its key and the record that brought it. $1 limit
SELECT to_jsonb(r)::text AS row, v._atlas_key_hash::text AS key_hash, v._atlas_batch_id AS batch_id, v._atlas_seq AS seq
FROM {chart} v CROSS JOIN LATERAL (SELECT {columns}) r LIMIT $1;

-- name: some_records
-- The first records of a batch, as they were sent. $1 batch_id   $2 limit
SELECT batch_id, seq, data::text AS data FROM {explore} WHERE batch_id = $1 ORDER BY seq LIMIT $2;

-- name: one_record
-- The record at one place, as it was sent; none if explore has it no more. $1 batch_id   $2 seq
SELECT batch_id, seq, data::text AS data FROM {explore} WHERE batch_id = $1 AND seq = $2;
