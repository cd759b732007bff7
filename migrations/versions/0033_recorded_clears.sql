-- When it was recorded that a stream's history had ended. A refresh ends it at the instant at which its reading began, but
-- records that once all is read: until then everybody saw what was there, and `as_of` must find it again.
ALTER TABLE pipeline.clears ADD COLUMN recorded_at timestamptz;

UPDATE pipeline.clears c
SET recorded_at = coalesce(
    (SELECT min(p.recorded_at) FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id)
     WHERE p.stream_id = c.stream_id AND a.job_id = c.job_id AND p.outcome = 'published' AND p.reason IS NULL),
    j.ended_at, c.cleared_at)  -- there was nothing to read
FROM pipeline.generations g JOIN pipeline.jobs j USING (job_id)
WHERE g.stream_id = c.stream_id AND g.job_id = c.job_id AND g.opened_at = c.cleared_at;

UPDATE pipeline.clears SET recorded_at = cleared_at WHERE recorded_at IS NULL;

ALTER TABLE pipeline.clears ALTER COLUMN recorded_at SET NOT NULL;
