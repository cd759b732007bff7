-- name: figures
-- $1 percent of the pages, where not all are read
SELECT count(*) AS rows, {filled} AS filled, {low} AS low, {high} AS high,
       {shortest} AS shortest, {longest} AS longest, {mean_length} AS mean_length
FROM {chart} {pages};

-- name: some_pages
TABLESAMPLE SYSTEM ($1::real) REPEATABLE (0)

-- name: counts
-- How often values come in a sample, counted a column. $1 percent of the pages   $2 rows at most
-- $3 places of numbers, $4 of instants, whose values may be told and are counted in bins
WITH sample AS MATERIALIZED (
    SELECT {names} FROM {chart} TABLESAMPLE SYSTEM ($1::real) REPEATABLE (1) LIMIT $2
), cells AS MATERIALIZED (
    SELECT v.place, v.value, count(*) AS times
    FROM sample s CROSS JOIN LATERAL (VALUES {cells}) v (place, value)
    WHERE v.value IS NOT NULL GROUP BY v.place, v.value
), measures AS MATERIALIZED (  -- of the same sample; an instant in seconds
    SELECT m.* FROM (
        SELECT c.place, c.times, CASE WHEN c.place = ANY ($3::int[]) THEN c.value::numeric
                                      ELSE extract(epoch FROM c.value::timestamptz) END AS measure
        FROM cells c WHERE c.place = ANY ($3::int[] || $4::int[])
    ) m WHERE m.measure NOT IN ('NaN', 'Infinity', '-Infinity')
), ends AS MATERIALIZED (
    SELECT place, min(measure) AS low, max(measure) AS high FROM measures GROUP BY place
), bins AS (
    SELECT m.place, CASE WHEN e.low = e.high THEN 0
                         ELSE least(floor((m.measure - e.low) * {bins} / (e.high - e.low)), {bins} - 1) END::int AS bin,
           sum(m.times)::bigint AS times
    FROM measures m JOIN ends e USING (place) GROUP BY 1, 2
)
SELECT c.place, count(*) AS different, count(*) FILTER (WHERE c.times = 1) AS single,
       sum(c.times)::bigint AS filled, (SELECT count(*) FROM sample) AS taken,
       (SELECT jsonb_agg(jsonb_build_array(left(f.value, {longest}), f.times) ORDER BY f.times DESC, f.value)::text
        FROM (SELECT t.value, t.times FROM cells t WHERE t.place = c.place AND t.times > 1
              ORDER BY t.times DESC, t.value LIMIT {frequent}) f) AS top,
       (SELECT jsonb_build_object(
                   'low', CASE WHEN e.place = ANY ($3::int[]) THEN to_jsonb(e.low::text)
                               ELSE to_jsonb(to_timestamp(e.low::float8)) END,
                   'high', CASE WHEN e.place = ANY ($3::int[]) THEN to_jsonb(e.high::text)
                                ELSE to_jsonb(to_timestamp(e.high::float8)) END,
                   'counts', (SELECT jsonb_agg(coalesce(b.times, 0) ORDER BY n.bin)
                              FROM generate_series(0, CASE WHEN e.low = e.high THEN 0 ELSE {bins} - 1 END) n (bin)
                              LEFT JOIN bins b ON b.place = e.place AND b.bin = n.bin))::text
        FROM ends e WHERE e.place = c.place) AS spread
FROM cells c GROUP BY c.place;
