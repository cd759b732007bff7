-- name: checks
-- Results of checks, the newest promotion first. $1 workspace_ids   $2 connection_id   $3 stream   $4 namespace
-- $5 job_id   $6 outcome   $7 check_name   $8 column_name   $9 limit   $10 offset   $11 the newest promotion, or null
SELECT c.connection_id, c.name AS connection, s.name AS stream, nullif(s.namespace, '') AS namespace, s.table_name,
       a.job_id, a.number AS attempt, p.promotion_id, p.recorded_at, r.engine, r.check_name, r.column_name, r.outcome,
       r.measured
FROM pipeline.promotions p
JOIN quality.check_results r USING (promotion_id)
JOIN pipeline.attempts a USING (attempt_id)
JOIN pipeline.streams s USING (stream_id)
JOIN pipeline.connections c USING (connection_id)
WHERE ($1::uuid[] IS NULL OR c.workspace_id = ANY ($1)) AND ($2::uuid IS NULL OR c.connection_id = $2)
  AND ($3::text IS NULL OR s.name = $3) AND ($4::text IS NULL OR s.namespace = $4)
  AND ($5::bigint IS NULL OR a.job_id = $5) AND ($6::text IS NULL OR r.outcome = $6)
  AND ($7::text IS NULL OR r.check_name = $7) AND ($8::text IS NULL OR r.column_name = $8)
  AND ($11::bigint IS NULL OR p.promotion_id <= $11)
ORDER BY p.promotion_id DESC, r.position LIMIT $9 OFFSET $10;

-- name: newest
-- The scores of each dataset by the last job that was scored, and of the one before, a row a dataset and dimension.
-- $1 workspace_ids   $2 connection_id   $3 stream   $4 dimension   $5 below   $6 limit   $7 offset
WITH scored AS (
    SELECT s.stream_id, c.connection_id, c.name AS connection, s.name AS stream, nullif(s.namespace, '') AS namespace,
           s.table_name, c.created_at, s.position, n.job_id, n.place
    FROM pipeline.connections c
    JOIN pipeline.streams s USING (connection_id)
    CROSS JOIN LATERAL (
        SELECT j.job_id, row_number() OVER (ORDER BY j.job_id DESC) AS place FROM (
            SELECT DISTINCT a.job_id FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id)
            WHERE p.stream_id = s.stream_id AND EXISTS (SELECT FROM quality.scores q WHERE q.promotion_id = p.promotion_id)
            ORDER BY a.job_id DESC LIMIT 2
        ) j
    ) n
    WHERE ($1::uuid[] IS NULL OR c.workspace_id = ANY ($1)) AND c.status <> 'deprecated' AND s.selected
      AND ($2::uuid IS NULL OR c.connection_id = $2) AND ($3::text IS NULL OR s.name = $3)
), scores AS (
    SELECT d.stream_id, d.place, q.dimension,
           sum(q.score * q.measured) / nullif(sum(q.measured) FILTER (WHERE q.score IS NOT NULL), 0) AS score,
           sum(q.measured)::bigint AS measured, max(q.method) AS method
    FROM scored d
    JOIN pipeline.attempts a USING (job_id)
    JOIN pipeline.promotions p ON p.attempt_id = a.attempt_id AND p.stream_id = d.stream_id
    JOIN quality.scores q USING (promotion_id)
    GROUP BY d.stream_id, d.place, q.dimension
)
SELECT d.connection_id, d.connection, d.stream, d.namespace, d.table_name, d.job_id, n.dimension, n.score, n.measured,
       n.method, b.score AS before
FROM scored d
JOIN scores n ON n.stream_id = d.stream_id AND n.place = 1
LEFT JOIN scores b ON b.stream_id = d.stream_id AND b.place = 2 AND b.dimension = n.dimension
WHERE d.place = 1 AND ($4::text IS NULL OR n.dimension = $4) AND ($5::float8 IS NULL OR n.score < $5)
ORDER BY d.created_at, d.connection_id, d.position, n.dimension LIMIT $6 OFFSET $7;

-- name: trend
-- A stream's scores job by job, the newest first, all dimensions of each. $1 stream_id   $2 dimension   $3 jobs
-- $4 jobs passed over   $5 the newest of them, or null
WITH jobs AS (
    SELECT DISTINCT a.job_id FROM pipeline.promotions p
    JOIN pipeline.attempts a USING (attempt_id)
    JOIN quality.scores q USING (promotion_id)
    WHERE p.stream_id = $1 AND ($5::bigint IS NULL OR a.job_id <= $5)
    ORDER BY a.job_id DESC LIMIT $3 OFFSET $4
)
SELECT j.job_id, max(p.recorded_at) AS recorded_at, q.dimension,
       sum(q.score * q.measured) / nullif(sum(q.measured) FILTER (WHERE q.score IS NOT NULL), 0) AS score,
       sum(q.measured)::bigint AS measured, max(q.method) AS method
FROM jobs j
JOIN pipeline.attempts a USING (job_id)
JOIN pipeline.promotions p ON p.attempt_id = a.attempt_id AND p.stream_id = $1
JOIN quality.scores q USING (promotion_id)
WHERE $2::text IS NULL OR q.dimension = $2
GROUP BY j.job_id, q.dimension
ORDER BY j.job_id DESC, q.dimension;
