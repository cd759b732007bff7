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
