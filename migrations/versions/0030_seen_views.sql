-- The walls of row-level security look a row's workspace up in a view now, and no longer by a function: PostgreSQL
-- plans a look-up of its own into each statement, where a function starts one anew for every row (decision 0054).

-- ── What who asks sees, by key ───────────────────────────────────────────────────────────────

-- With the owner's rights: whether a row is seen depends on its workspace alone.
CREATE VIEW pipeline.seen_connections WITH (security_barrier) AS
    SELECT connection_id FROM pipeline.connections
    WHERE workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_sources WITH (security_barrier) AS
    SELECT source_id FROM pipeline.sources
    WHERE workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_streams WITH (security_barrier) AS
    SELECT s.stream_id FROM pipeline.streams s JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_jobs WITH (security_barrier) AS
    SELECT j.job_id FROM pipeline.jobs j JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_attempts WITH (security_barrier) AS
    SELECT a.attempt_id
    FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_batches WITH (security_barrier) AS
    SELECT b.batch_id
    FROM pipeline.batches b JOIN pipeline.streams s USING (stream_id) JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_promotions WITH (security_barrier) AS
    SELECT p.promotion_id
    FROM pipeline.promotions p JOIN pipeline.streams s USING (stream_id) JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_rules WITH (security_barrier) AS
    SELECT r.rule_id FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_transformation_runs WITH (security_barrier) AS
    SELECT transformation_run_id FROM pipeline.transformation_runs
    WHERE workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);
CREATE VIEW pipeline.seen_runs WITH (security_barrier) AS  -- in lineage: an attempt's, or a transformation's
    SELECT a.run_id
    FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id)
    WHERE c.workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[])
    UNION ALL
    SELECT run_id FROM pipeline.transformation_runs
    WHERE workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[]);

-- Looked at and no more: what may be updated through a view is updated with its owner's rights.
REVOKE ALL ON pipeline.seen_connections, pipeline.seen_sources, pipeline.seen_streams, pipeline.seen_jobs,
    pipeline.seen_attempts, pipeline.seen_batches, pipeline.seen_promotions, pipeline.seen_rules,
    pipeline.seen_transformation_runs, pipeline.seen_runs FROM PUBLIC, atlas_app;
GRANT SELECT ON pipeline.seen_connections, pipeline.seen_sources, pipeline.seen_streams, pipeline.seen_jobs,
    pipeline.seen_attempts, pipeline.seen_batches, pipeline.seen_promotions, pipeline.seen_rules,
    pipeline.seen_transformation_runs, pipeline.seen_runs TO atlas_app;

-- ── The same walls, by these ─────────────────────────────────────────────────────────────────

-- `SELECT true` and not EXISTS, which PostgreSQL would plan twice, for few rows and for many.
DO $$
DECLARE
    old record;
    way text[];
BEGIN
    FOR old IN
        SELECT p.polname, p.polrelid::regclass AS held, c.relname, pg_get_expr(p.polqual, p.polrelid) AS rule
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE pg_get_expr(p.polqual, p.polrelid) LIKE '%pipeline.sees\_%\_id(%'
    LOOP
        way := regexp_match(old.rule, 'pipeline\.sees_(\w+)_id\((\w+)\)');
        EXECUTE format(
            'ALTER POLICY %I ON %s USING ((SELECT pipeline.sees_everything()) OR
                 (SELECT true FROM pipeline.%I v WHERE v.%I = %I.%I))',
            old.polname, old.held, CASE way[1] WHEN 'batch' THEN 'seen_batches' ELSE format('seen_%ss', way[1]) END,
            way[1] || '_id', old.relname, way[2]);
    END LOOP;
END $$;

-- Sums of many rows, whose workspace is asked once (0022): asked so as well.
DO $$
DECLARE old record;
BEGIN
    FOR old IN
        SELECT pg_get_functiondef(oid) AS body FROM pg_proc
        WHERE oid IN ('pipeline.explored_of'::regproc, 'pipeline.unbalanced_of'::regproc, 'quarantine.kept_of'::regproc)
    LOOP
        EXECUTE replace(replace(old.body,
            'pipeline.sees_job_id(j.job_id)', '(SELECT true FROM pipeline.seen_jobs v WHERE v.job_id = j.job_id)'),
            'pipeline.sees_connection_id(c.connection_id)',
            '(SELECT true FROM pipeline.seen_connections v WHERE v.connection_id = c.connection_id)');
    END LOOP;
END $$;

DROP FUNCTION pipeline.sees_connection_id, pipeline.sees_source_id, pipeline.sees_stream_id, pipeline.sees_job_id,
    pipeline.sees_attempt_id, pipeline.sees_batch_id, pipeline.sees_promotion_id, pipeline.sees_rule_id,
    pipeline.sees_run_id, pipeline.sees_transformation_run_id;
