-- name: sample
-- Every n-th record of a range. $1 after   $2 last   $3 n
SELECT data::text AS data FROM {explore}
WHERE batch_id > $1 AND batch_id <= $2 AND (batch_id * 7919 + seq) % $3::int = 0;
