-- name: trails
-- How batches came: the attempt that read them, with what, and the promotion that took them on. OFFSET 0 keeps
-- each look a probe. $1 batch_ids
SELECT b.batch_id, b.extracted_at, b.landed_at, b.removed_at, b.attempt_id, a.attempt, a.job_id, a.run_id, j.mode,
       c.connector, c.connector_version, o.promotion_id
FROM (SELECT b.batch_id, b.extracted_at, b.landed_at, b.removed_at, b.attempt_id FROM pipeline.batches b WHERE b.batch_id = ANY ($1::bigint[]) OFFSET 0) b
CROSS JOIN LATERAL (
    SELECT a.number AS attempt, a.job_id, a.run_id FROM pipeline.attempts a WHERE a.attempt_id = b.attempt_id OFFSET 0
) a
CROSS JOIN LATERAL (SELECT j.mode FROM pipeline.jobs j WHERE j.job_id = a.job_id OFFSET 0) j
LEFT JOIN LATERAL (
    SELECT c.connector, c.version AS connector_version FROM pipeline.attempt_connectors c
    WHERE c.attempt_id = b.attempt_id OFFSET 0
) c ON true
LEFT JOIN LATERAL (
    SELECT o.promotion_id FROM pipeline.batch_outcomes o WHERE o.batch_id = b.batch_id OFFSET 0
) o ON true
ORDER BY b.batch_id;

-- name: promotions
-- What promotions were, and when the next of their attempt was booked. $1 promotion_ids
SELECT p.promotion_id, p.attempt_id, a.job_id, a.run_id, p.recorded_at,
       (SELECT min(n.recorded_at) FROM pipeline.promotions n
        WHERE n.attempt_id = p.attempt_id AND n.stream_id = p.stream_id AND n.promotion_id > p.promotion_id) AS next_at
FROM (SELECT p.promotion_id, p.attempt_id, p.stream_id, p.recorded_at FROM pipeline.promotions p WHERE p.promotion_id = ANY ($1::bigint[]) OFFSET 0) p
CROSS JOIN LATERAL (
    SELECT a.job_id, a.run_id FROM pipeline.attempts a WHERE a.attempt_id = p.attempt_id OFFSET 0
) a
ORDER BY p.promotion_id;
