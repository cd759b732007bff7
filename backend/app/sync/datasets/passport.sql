-- name: trails
-- How batches came: the attempt that read them, with what, and the promotion that took them on. $1 batch_ids
SELECT b.batch_id, b.extracted_at, b.landed_at, a.attempt_id, a.number AS attempt, a.job_id, a.run_id, j.mode,
       c.connector, c.version AS connector_version, o.promotion_id
FROM pipeline.batches b
JOIN pipeline.attempts a USING (attempt_id)
JOIN pipeline.jobs j USING (job_id)
LEFT JOIN pipeline.attempt_connectors c USING (attempt_id)
LEFT JOIN pipeline.batch_outcomes o ON o.batch_id = b.batch_id
WHERE b.batch_id = ANY ($1::bigint[])
ORDER BY b.batch_id;

-- name: promotions
-- What promotions were, and when the next of their attempt was booked. $1 promotion_ids
SELECT p.promotion_id, p.attempt_id, a.job_id, a.run_id, p.recorded_at,
       (SELECT min(n.recorded_at) FROM pipeline.promotions n
        WHERE n.attempt_id = p.attempt_id AND n.stream_id = p.stream_id AND n.promotion_id > p.promotion_id) AS next_at
FROM pipeline.promotions p
JOIN pipeline.attempts a USING (attempt_id)
WHERE p.promotion_id = ANY ($1::bigint[])
ORDER BY p.promotion_id;
