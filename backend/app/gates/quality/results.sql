-- name: add_score
-- $1 promotion_id   $2 dimension   $3 score   $4 measured   $5 method
INSERT INTO quality.scores (promotion_id, dimension, score, measured, method) VALUES ($1, $2, $3, $4, $5);

-- name: add_check
-- $1 promotion_id   $2 position   $3 engine   $4 check_name   $5 column_name   $6 outcome   $7 measured
INSERT INTO quality.check_results (promotion_id, position, engine, check_name, column_name, outcome, measured)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: scores_of
-- The weighted mean of a job's ranges. $1 job_id
SELECT p.stream_id, s.dimension, sum(s.score * s.measured) / nullif(sum(s.measured), 0) AS score
FROM quality.scores s
JOIN pipeline.promotions p USING (promotion_id)
JOIN pipeline.attempts a USING (attempt_id)
WHERE a.job_id = $1
GROUP BY p.stream_id, s.dimension
ORDER BY p.stream_id, s.dimension;

-- name: scores_of_promotions
-- $1 promotion_ids
SELECT promotion_id, dimension, score, measured FROM quality.scores
WHERE promotion_id = ANY ($1::bigint[]) ORDER BY promotion_id, dimension;

-- name: checks_of_promotions
-- $1 promotion_ids
SELECT promotion_id, check_name, column_name, outcome, measured FROM quality.check_results
WHERE promotion_id = ANY ($1::bigint[]) ORDER BY promotion_id, position;
