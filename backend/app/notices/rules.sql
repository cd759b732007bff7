-- name: workspace
-- $1 connection_id
SELECT workspace_id FROM pipeline.connections WHERE connection_id = $1;

-- name: create
-- $1 rule_id   $2 connection_id   $3 occasions   $4 channel   $5 target   $6 what stands for its secret   $7 quarantine_share
INSERT INTO pipeline.notification_rules (rule_id, connection_id, occasions, channel, target, secret,
                                         quarantine_share)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7);

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

-- name: remove_all
-- $1 connection_id
DELETE FROM pipeline.notification_rules WHERE connection_id = $1 RETURNING rule_id;

-- name: hold_clear
-- A secret in the clear is a string, a reference is an object.
SELECT r.rule_id, c.workspace_id, r.secret #>> '{}' AS secret
FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
WHERE jsonb_typeof(r.secret) = 'string' ORDER BY r.rule_id FOR UPDATE OF r;

-- name: refer
-- $1 rule_id   $2 what stands for its secret
UPDATE pipeline.notification_rules SET secret = $2::jsonb WHERE rule_id = $1;
