-- name: figures
-- $1 percent of the pages, where not all are read
SELECT count(*) AS rows, {filled} AS filled, {low} AS low, {high} AS high,
       {shortest} AS shortest, {longest} AS longest, {mean_length} AS mean_length
FROM {chart} {pages};

-- name: some_pages
TABLESAMPLE SYSTEM ($1::real) REPEATABLE (0)

-- name: counts
-- How often values come in a sample, counted a column. $1 percent of the pages   $2 rows at most
WITH sample AS MATERIALIZED (
    SELECT {names} FROM {chart} TABLESAMPLE SYSTEM ($1::real) REPEATABLE (1) LIMIT $2
), cells AS MATERIALIZED (
    SELECT v.place, v.value, count(*) AS times
    FROM sample s CROSS JOIN LATERAL (VALUES {cells}) v (place, value)
    WHERE v.value IS NOT NULL GROUP BY v.place, v.value
)
SELECT c.place, count(*) AS different, count(*) FILTER (WHERE c.times = 1) AS single,
       sum(c.times)::bigint AS filled, (SELECT count(*) FROM sample) AS taken,
       (SELECT jsonb_agg(jsonb_build_array(left(f.value, {longest}), f.times) ORDER BY f.times DESC, f.value)::text
        FROM (SELECT t.value, t.times FROM cells t WHERE t.place = c.place AND t.times > 1
              ORDER BY t.times DESC, t.value LIMIT {frequent}) f) AS top
FROM cells c GROUP BY c.place;
