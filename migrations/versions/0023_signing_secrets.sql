-- `{"$secret": id}`, whose owner is the rule. A string is a secret from before, in the clear, until the next start
-- locks it away: only Atlas has the master key, so it is not done here.
ALTER TABLE pipeline.notification_rules ALTER COLUMN secret TYPE jsonb USING to_jsonb(secret);

-- A connection that is deleted takes its rules with it from now on, and their secrets.
DELETE FROM pipeline.notification_rules r USING pipeline.connections c
WHERE c.connection_id = r.connection_id AND c.status = 'deprecated';
