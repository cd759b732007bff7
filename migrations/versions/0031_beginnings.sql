-- The generations with which streams have begun anew: what came before is over. A refresh that was cancelled, that failed
-- or was held back before it replaced anything has begun nothing: what it has read joins what was there.
CREATE VIEW pipeline.beginnings WITH (security_invoker = true) AS
SELECT g.stream_id, g.generation_id
FROM pipeline.generations g JOIN pipeline.jobs j USING (job_id)
WHERE j.job_type IN ('clear', 'reset')
   OR j.job_type = 'refresh' AND (
       EXISTS (SELECT FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id)
               WHERE p.stream_id = g.stream_id AND a.job_id = g.job_id AND p.outcome = 'published' AND p.reason IS NULL)
       OR EXISTS (SELECT FROM pipeline.clears c WHERE c.stream_id = g.stream_id AND c.job_id = g.job_id)
       OR j.status = 'succeeded' AND NOT EXISTS (  -- there was nothing to read
           SELECT FROM pipeline.batches b
           WHERE b.stream_id = g.stream_id AND b.generation_id = g.generation_id AND b.voided_at IS NULL AND b.explored > 0));
GRANT SELECT ON pipeline.beginnings TO atlas_app;
