-- name: give_up
-- Notifications that have had all their tries, and nobody came back from the last to say what became of
-- it. $1 tries
UPDATE pipeline.notifications
SET status = 'dead', ended_at = now(),
    last_failure = 'Whoever made its last try ended before it could say what became of it.'
WHERE status = 'waiting' AND next_try_at <= now() AND tries >= $1
RETURNING notification_id;

-- name: take
-- The oldest notifications whose time has come, of each target a few; whoever takes one has it for a
-- while, and the try counts whatever becomes of it. What a rule that is switched off was still to tell
-- waits for it. $1 limit   $2 seconds until others may take them
WITH due AS (
    SELECT n.notification_id,
           row_number() OVER (PARTITION BY r.target ORDER BY n.notification_id) AS place
    FROM pipeline.notifications n JOIN pipeline.notification_rules r USING (rule_id)
    WHERE n.status = 'waiting' AND n.next_try_at <= now() AND r.is_active
), chosen AS (
    SELECT n.notification_id FROM pipeline.notifications n JOIN due USING (notification_id)
    WHERE due.place <= 3 AND n.status = 'waiting' AND n.next_try_at <= now()
    ORDER BY due.place, n.notification_id LIMIT $1
    FOR UPDATE OF n SKIP LOCKED
)
UPDATE pipeline.notifications n
SET tries = n.tries + 1, next_try_at = now() + make_interval(secs => $2)
FROM chosen, pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
WHERE n.notification_id = chosen.notification_id AND r.rule_id = n.rule_id
RETURNING n.notification_id, n.occasion, n.facts::text AS facts, n.tries, n.created_at,
          r.channel, r.target, r.secret::text AS secret, r.rule_id, c.workspace_id;

-- name: delivered
-- $1 notification_id
UPDATE pipeline.notifications SET status = 'delivered', ended_at = now(), last_failure = NULL
WHERE notification_id = $1 AND status = 'waiting';

-- name: failed
-- Wait before the next try, or give it up. Another may have taken it since: then it is theirs.
-- $1 notification_id   $2 the try   $3 why   $4 seconds   $5 true if it was the last try
UPDATE pipeline.notifications
SET last_failure = $3, next_try_at = now() + make_interval(secs => $4),
    status = CASE WHEN $5 THEN 'dead' ELSE 'waiting' END, ended_at = CASE WHEN $5 THEN now() END
WHERE notification_id = $1 AND status = 'waiting' AND tries = $2;

-- name: list
-- The newest first. $1 connection_id   $2 status   $3 limit   $4 offset   $5 the newest of them, or null
SELECT n.notification_id, n.rule_id, r.connection_id, n.event_id, n.occasion, n.status, n.tries,
       n.next_try_at, n.last_failure, n.created_at, n.ended_at
FROM pipeline.notifications n JOIN pipeline.notification_rules r USING (rule_id)
WHERE ($1::uuid IS NULL OR r.connection_id = $1) AND ($2::text IS NULL OR n.status = $2)
  AND ($5::bigint IS NULL OR n.notification_id <= $5)
ORDER BY n.notification_id DESC LIMIT $3 OFFSET $4;

-- name: revive
-- $1 notification_id
UPDATE pipeline.notifications
SET status = 'waiting', tries = 0, next_try_at = now(), ended_at = NULL
WHERE notification_id = $1 AND status = 'dead'
RETURNING notification_id;
