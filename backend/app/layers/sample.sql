-- name: sample
-- Every n-th record of a range. $1 after   $2 last   $3 n
SELECT data::text AS data FROM {explore}
WHERE batch_id > $1 AND batch_id <= $2 AND (batch_id * 7919 + seq) % $3::int = 0;

-- name: extent
-- $1 a table, as schema.name
SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint AS pages,
       pg_table_size($1::text::regclass) AS size_bytes;

-- name: text
-- The texts of some pages, a line or more each, in one value. $1 first page   $2 next page
SELECT string_agg({texts}, E'\n') FROM {staging}
WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid;

-- name: cells
-- $1 first page   $2 next page
SELECT {texts} FROM {staging}
WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid;

-- name: fields
-- What some pages have that has no column, a row a field. $1 first page   $2 next page
SELECT f.key AS field, f.value AS text
FROM (SELECT {rest} AS rest FROM {staging}
      WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid) s
CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(s.rest) WHEN 'object' THEN s.rest END) f;
