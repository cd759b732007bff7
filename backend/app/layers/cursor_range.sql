-- name: rows
-- $1 since   $2 until
SELECT count(*) FROM {chart} c WHERE c.{column} >= $1::text::{type} AND c.{column} < $2::text::{type};

-- name: find_by_batch
-- Until the transaction ends, a batch is found by explore's BRIN index; see read_by_range in explore.sql.
SET LOCAL enable_seqscan = off;

-- name: take_out
-- $1 batch_id   $2 since   $3 until
DELETE FROM {explore} e
WHERE e.batch_id = $1 AND NOT (({cursor}) >= $2::text::{type} AND ({cursor}) < $3::text::{type})
RETURNING e.seq;
