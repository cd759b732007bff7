-- name: limit
SET LOCAL statement_timeout = {limit_ms};

-- name: lock_making
-- Of several that want the same profile, one makes it. $1 stream_id
SELECT pg_advisory_xact_lock(hashtextextended('atlas.profile', $1));

-- name: lock_values
-- Who keeps values and who drops them wait for each other. $1 stream_id
SELECT pg_advisory_xact_lock(hashtextextended('atlas.profile_values', $1));

-- name: recorded_at
-- $1 stream_id
SELECT recorded_at FROM quality.dataset_profiles WHERE stream_id = $1;

-- name: outdate
-- $1 stream_id
DELETE FROM quality.dataset_profiles WHERE stream_id = $1;

-- name: keep_dataset
-- $1 stream_id   $2 recorded_at   $3 rows   $4 sampled
INSERT INTO quality.dataset_profiles (stream_id, profiled_at, recorded_at, rows, sampled)
VALUES ($1, clock_timestamp(), $2, $3, $4);

-- name: keep_columns
-- $1 stream_id   $2 columns   $3 nulls   $4 counted   $5 distinct values   $6 lows   $7 highs
-- $8 shortest   $9 longest   $10 mean lengths   $11 tops
INSERT INTO quality.column_profiles (stream_id, column_name, nulls, counted, distinct_values, low, high, shortest,
                                     longest, mean_length, top)
SELECT $1, c.column_name, c.nulls, c.counted, c.distinct_values, c.low, c.high, c.shortest, c.longest, c.mean_length,
       c.top::jsonb
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
            $10::float8[], $11::text[])
    AS c (column_name, nulls, counted, distinct_values, low, high, shortest, longest, mean_length, top);

-- name: forget
-- $1 stream_id   $2 the columns that are clean
UPDATE quality.column_profiles
SET low = NULL, high = NULL, shortest = NULL, longest = NULL, mean_length = NULL, top = NULL
WHERE stream_id = $1 AND NOT column_name = ANY ($2::text[]);

-- name: dataset
-- $1 stream_id
SELECT profiled_at, recorded_at, rows, sampled FROM quality.dataset_profiles WHERE stream_id = $1;

-- name: columns
-- $1 stream_id
SELECT column_name AS column, nulls, counted, distinct_values AS distinct, low, high, shortest, longest, mean_length,
       top::text AS top
FROM quality.column_profiles WHERE stream_id = $1;
