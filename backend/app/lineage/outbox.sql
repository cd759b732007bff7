-- name: add
-- $1 run_id of the attempt   $2 job_name   $3 event_type   $4 event
INSERT INTO lineage.outbox (run_id, job_name, event_type, event) VALUES ($1, $2, $3, $4::jsonb);

-- name: undelivered
-- The oldest events that nobody has sent, nor is sending: they are locked until the transaction ends.
-- $1 limit
SELECT event_id, event::text AS event
FROM lineage.outbox
WHERE delivered_at IS NULL
ORDER BY event_id
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: mark_delivered
-- $1 event_ids
UPDATE lineage.outbox SET delivered_at = clock_timestamp() WHERE event_id = ANY ($1::bigint[]);

-- name: of_promotions
-- Of each promotion's run the beginning and the end of the stream's, and the event that was left with the
-- promotion: the first after it was booked and before the next was. Which stream it is of stands in the event,
-- which is opened only where job and time are right. OFFSET 0 keeps each look a probe.
-- $1 promotion_ids   $2 their runs   $3 the stream's runs   $4 since   $5 before   $6 the end of the job's name
WITH asked AS (
    SELECT a.promotion_id, a.run_id, a.stream_run_id, a.since, a.before
    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
        AS a (promotion_id, run_id, stream_run_id, since, before)
), told AS MATERIALIZED (
    SELECT e.event_id, e.run_id, e.event_type, e.created_at, e.delivered_at
    FROM (SELECT DISTINCT run_id FROM asked) r
    CROSS JOIN LATERAL (
        SELECT e.event_id, e.run_id, e.event_type, e.job_name, e.created_at, e.delivered_at
        FROM lineage.outbox e WHERE e.run_id = r.run_id OFFSET 0
    ) e
    WHERE right(e.job_name, length($6)) = $6
), picked AS (
    SELECT a.promotion_id, t.event_id, t.event_type, t.created_at, t.delivered_at,
           row_number() OVER (PARTITION BY a.promotion_id, t.event_type ORDER BY t.event_id) AS place
    FROM asked a
    JOIN told t ON t.run_id = a.run_id
        AND (t.event_type <> 'RUNNING' OR t.created_at >= a.since AND (a.before IS NULL OR t.created_at < a.before))
    CROSS JOIN LATERAL (
        SELECT FROM lineage.outbox e
        WHERE e.event_id = t.event_id AND e.event -> 'run' ->> 'runId' = a.stream_run_id OFFSET 0
    ) e
)
SELECT promotion_id, event_id, event_type, created_at, delivered_at
FROM picked WHERE event_type <> 'RUNNING' OR place = 1
ORDER BY promotion_id, event_id;
