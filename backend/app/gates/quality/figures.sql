-- name: texts
-- Some pages of a range. $1 percent of them
SELECT count(*) AS sampled, {low} AS low, {high} AS high, {shortest} AS shortest, {longest} AS longest,
       {length_sum} AS length_sum
FROM {staging} TABLESAMPLE SYSTEM ($1::real) REPEATABLE (0);

-- name: add
-- $1 promotion_id   $2 stream_id   $3 columns   $4 rows   $5 nulls   $6 sampled   $7 low and $8 high numbers
-- $9 low and $10 high texts   $11 shortest   $12 longest   $13 length sums
INSERT INTO quality.range_profiles (promotion_id, stream_id, column_name, rows, nulls, sampled, low_number, high_number,
                                    low_text, high_text, shortest, longest, length_sum)
SELECT $1, $2, f.column_name, f.rows, f.nulls, f.sampled, f.low_number, f.high_number, f.low_text, f.high_text,
       f.shortest, f.longest, f.length_sum
FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::numeric[], $8::numeric[], $9::text[], $10::text[],
            $11::bigint[], $12::bigint[], $13::bigint[])
    AS f (column_name, rows, nulls, sampled, low_number, high_number, low_text, high_text, shortest, longest, length_sum);

-- name: arrived
-- $1 stream_id
SELECT column_name AS column, sum(rows)::bigint AS rows, sum(nulls)::bigint AS nulls, sum(sampled)::bigint AS sampled,
       min(low_number) AS low_number, max(high_number) AS high_number,
       min(low_text) AS low_text, max(high_text) AS high_text,
       min(shortest) AS shortest, max(longest) AS longest, sum(length_sum)::bigint AS length_sum
FROM quality.range_profiles WHERE stream_id = $1 GROUP BY column_name;

-- name: forget
-- $1 stream_id   $2 the columns that are clean
UPDATE quality.range_profiles
SET sampled = NULL, low_number = NULL, high_number = NULL, low_text = NULL, high_text = NULL,
    shortest = NULL, longest = NULL, length_sum = NULL
WHERE stream_id = $1 AND NOT column_name = ANY ($2::text[])
  AND (low_number IS NOT NULL OR low_text IS NOT NULL OR shortest IS NOT NULL);
