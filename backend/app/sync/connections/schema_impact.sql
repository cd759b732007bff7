-- name: checks
-- The checks that looked at a column the last time. $1 stream_id   $2 column_name
SELECT coalesce(array_agg(r.check_name ORDER BY r.position), '{}')
FROM quality.check_results r
WHERE r.column_name = $2
  AND r.promotion_id = (SELECT max(p.promotion_id) FROM pipeline.promotions p
                        WHERE p.stream_id = $1 AND p.outcome = 'published');

-- name: limit
SET LOCAL statement_timeout = {limit_ms};

-- name: keys
-- The records of explore by another key; a number is told apart as it is written. $1 and on: the key's paths
SELECT count(*) AS records, count(*) FILTER (WHERE k.key IS NULL) AS without_key, count(DISTINCT k.key) AS keys
FROM (
    SELECT CASE WHEN ROW({parts}) IS NOT NULL THEN ROW({parts})::text END AS key
    FROM {explore} e
) k;

-- name: agreement
-- Of the newest records that have the new field and not the old one, how many have an older one of their key that
-- has the old one, and in how many the two values are one. $1 old path   $2 new path   $3 how many   $4 and on: key
WITH renamed AS (
    SELECT {key} AS key, e.data #> $2::text[] AS value
    FROM {explore} e
    WHERE e.data #>> $2::text[] IS NOT NULL AND e.data #> $1::text[] IS NULL
    ORDER BY e.batch_id DESC, e.seq DESC LIMIT $3::int
), before AS (
    SELECT DISTINCT ON ({key}) {key} AS key, e.data #> $1::text[] AS value
    FROM {explore} e
    WHERE e.data #>> $1::text[] IS NOT NULL AND {key} IN (SELECT key FROM renamed)
    ORDER BY {key}, e.batch_id DESC, e.seq DESC
)
SELECT count(*) AS compared, count(*) FILTER (WHERE r.value = b.value) AS agreeing
FROM renamed r JOIN before b USING (key);

-- name: views
-- Views and materialized views of the database, but for Atlas's own, that read a column of some tables or views, or
-- any of them; through others too. $1 tables as schema.name   $2 column name, or null   $3 Atlas's own views
WITH RECURSIVE reads (relation, view) AS (
    SELECT DISTINCT d.refobjid, r.ev_class
    FROM pg_depend d
    JOIN pg_rewrite r ON r.oid = d.objid
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
      AND n.nspname || '.' || t.relname = ANY ($1::text[])
      AND ($2::text IS NULL OR a.attname = $2)
    UNION
    SELECT d.refobjid, r.ev_class
    FROM reads
    JOIN pg_depend d ON d.refobjid = reads.view
    JOIN pg_rewrite r ON r.oid = d.objid
    JOIN pg_class v ON v.oid = reads.view
    JOIN pg_namespace n ON n.oid = v.relnamespace
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
      AND n.nspname || '.' || v.relname <> ALL ($3::text[])
)
SELECT DISTINCT n.nspname || '.' || v.relname AS name
FROM reads JOIN pg_class v ON v.oid = reads.view JOIN pg_namespace n ON n.oid = v.relnamespace
WHERE n.nspname || '.' || v.relname <> ALL ($3::text[])
ORDER BY name;
