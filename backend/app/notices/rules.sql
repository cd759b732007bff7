-- name: create
-- $1 rule_id   $2 connection_id   $3 occasions   $4 channel   $5 target   $6 secret   $7 quarantine_share
INSERT INTO pipeline.notification_rules (rule_id, connection_id, occasions, channel, target, secret,
                                         quarantine_share)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: get
-- $1 rule_id
SELECT rule_id, connection_id, occasions, channel, target, quarantine_share, is_active, created_at
FROM pipeline.notification_rules WHERE rule_id = $1;

-- name: list
-- $1 connection_id   $2 limit   $3 offset
SELECT rule_id, connection_id, occasions, channel, target, quarantine_share, is_active, created_at
FROM pipeline.notification_rules WHERE $1::uuid IS NULL OR connection_id = $1
ORDER BY created_at, rule_id LIMIT $2 OFFSET $3;

-- name: change
-- $1 rule_id   $2 is_active, or null to leave it   $3 quarantine_share, likewise
UPDATE pipeline.notification_rules
SET is_active = coalesce($2, is_active), quarantine_share = coalesce($3, quarantine_share)
WHERE rule_id = $1;

-- name: remove
-- What it was still to tell is removed with it. $1 rule_id
DELETE FROM pipeline.notification_rules WHERE rule_id = $1 RETURNING rule_id;
