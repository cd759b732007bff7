-- Who Atlas is in PostgreSQL, and which rows it sees: the second wall between workspaces.

-- ── atlas_app ────────────────────────────────────────────────────────────────────────────────

DO $$
BEGIN
    EXECUTE format('GRANT atlas_app TO %I', current_user);
EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
    NULL;  -- the role was made by somebody else, who grants it; Atlas says so when it starts
END $$;

-- What syncs make is atlas_app's from now on, and so is what they made before.
DO $$
DECLARE made record;
BEGIN
    FOR made IN
        SELECT n.nspname, c.relname, c.relkind
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('explore', 'staging', 'chart', 'navigate') AND c.relkind IN ('r', 'p', 'v')
          AND pg_get_userbyid(c.relowner) <> 'atlas_app'
    LOOP
        EXECUTE format('ALTER %s %I.%I OWNER TO atlas_app',
                       CASE made.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, made.nspname, made.relname);
    END LOOP;
    FOR made IN
        SELECT n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) AS arguments
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('explore', 'staging', 'chart', 'navigate')
          AND pg_get_userbyid(p.proowner) <> 'atlas_app'
    LOOP
        EXECUTE format('ALTER FUNCTION %I.%I(%s) OWNER TO atlas_app', made.nspname, made.proname, made.arguments);
    END LOOP;
END $$;

-- The sessions are the login's, which atlas_app is not: it ends those of a lost process through this alone.
CREATE FUNCTION pipeline.end_blockers(backend integer, sessions text) RETURNS SETOF boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_terminate_backend(a.pid)
    FROM pg_stat_activity a
    WHERE a.pid = ANY (pg_blocking_pids(backend)) AND a.application_name = sessions
      AND a.application_name LIKE 'atlas %' AND a.datname = current_database()
$$;
REVOKE ALL ON FUNCTION pipeline.end_blockers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pipeline.end_blockers TO atlas_app;

-- All of the books, and what later migrations add to them; but it does not say itself which schema it has.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pipeline, quarantine, pii, quality, lineage, jobs TO atlas_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA pipeline, quarantine, pii, quality, lineage, jobs TO atlas_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA pipeline, quarantine, pii, quality, lineage, access
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO atlas_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA pipeline, quarantine, pii, quality, lineage, access
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO atlas_app;
REVOKE INSERT, UPDATE, DELETE ON pipeline.alembic_version, pipeline.queue_schema FROM atlas_app;

-- ── Which rows ───────────────────────────────────────────────────────────────────────────────

-- `atlas.workspaces` is `*` for what Atlas does by itself, ids between commas for who asks, and nothing
-- where nobody said: then no row is seen.
CREATE FUNCTION pipeline.sees_everything() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE LEAKPROOF AS $$
    SELECT current_setting('atlas.workspaces', true) IS NOT DISTINCT FROM '*'
$$;
CREATE FUNCTION pipeline.seen_workspaces() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('atlas.workspaces', true) IN ('', '*') THEN '{}'
                ELSE string_to_array(current_setting('atlas.workspaces', true), ',') END::uuid[]
$$;
GRANT EXECUTE ON FUNCTION pipeline.sees_everything, pipeline.seen_workspaces TO atlas_app;

-- Whether who asks sees what a row belongs to: one look-up by key, with the owner's rights, whatever else is there.
DO $$
DECLARE way record;
BEGIN
    FOR way IN
        SELECT * FROM (VALUES
            ('connection_id', 'uuid', 'SELECT workspace_id FROM pipeline.connections WHERE connection_id = id'),
            ('source_id', 'uuid', 'SELECT workspace_id FROM pipeline.sources WHERE source_id = id'),
            ('stream_id', 'bigint', 'SELECT c.workspace_id FROM pipeline.streams s JOIN pipeline.connections c USING (connection_id) WHERE s.stream_id = id'),
            ('job_id', 'bigint', 'SELECT c.workspace_id FROM pipeline.jobs j JOIN pipeline.connections c USING (connection_id) WHERE j.job_id = id'),
            ('attempt_id', 'bigint', 'SELECT c.workspace_id FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id) WHERE a.attempt_id = id'),
            ('batch_id', 'bigint', 'SELECT c.workspace_id FROM pipeline.batches b JOIN pipeline.streams s USING (stream_id) JOIN pipeline.connections c USING (connection_id) WHERE b.batch_id = id'),
            ('promotion_id', 'bigint', 'SELECT c.workspace_id FROM pipeline.promotions p JOIN pipeline.streams s USING (stream_id) JOIN pipeline.connections c USING (connection_id) WHERE p.promotion_id = id'),
            ('rule_id', 'uuid', 'SELECT c.workspace_id FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id) WHERE r.rule_id = id'),
            ('run_id', 'uuid', 'SELECT c.workspace_id FROM pipeline.attempts a JOIN pipeline.jobs j USING (job_id) JOIN pipeline.connections c USING (connection_id) WHERE a.run_id = id')
        ) AS w (name, type, look)
    LOOP
        EXECUTE format(
            'CREATE FUNCTION pipeline.sees_%s(id %s) RETURNS boolean
             LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
             BEGIN RETURN (%s) = ANY (pipeline.seen_workspaces()); END $f$', way.name, way.type, way.look);
        EXECUTE format('REVOKE ALL ON FUNCTION pipeline.sees_%s FROM PUBLIC', way.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION pipeline.sees_%s TO atlas_app', way.name);
    END LOOP;
END $$;

-- Each table by the column that leads to its workspace; a table that has none of them is nobody's.
DO $$
DECLARE
    held record;
    way text;
    rule text;
BEGIN
    FOR held IN
        SELECT c.oid, n.nspname, c.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('pipeline', 'quarantine', 'pii', 'quality', 'lineage', 'audit') AND c.relkind = 'r'
    LOOP
        SELECT w.name INTO way
        FROM unnest(ARRAY['workspace_id', 'connection_id', 'source_id', 'stream_id', 'job_id', 'attempt_id',
                          'batch_id', 'promotion_id', 'rule_id', 'run_id']) WITH ORDINALITY AS w (name, rank)
        JOIN pg_attribute a ON a.attrelid = held.oid AND a.attname = w.name AND NOT a.attisdropped
        ORDER BY w.rank LIMIT 1;
        CONTINUE WHEN way IS NULL;
        rule := CASE way WHEN 'workspace_id' THEN 'workspace_id = ANY ((SELECT pipeline.seen_workspaces())::uuid[])'
                         ELSE format('pipeline.sees_%1$s(%1$I)', way) END;
        EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', held.nspname, held.relname);
        EXECUTE format('CREATE POLICY of_its_workspace ON %I.%I TO atlas_app USING ((SELECT pipeline.sees_everything()) OR %s)',
                       held.nspname, held.relname, rule);
    END LOOP;
END $$;

-- An audit entry is written by whoever acts, also of what is of no workspace.
CREATE POLICY written_by_all ON audit.entries FOR INSERT TO atlas_app WITH CHECK (true);

-- A view shows what who asks may see, not what its owner may.
DO $$
DECLARE shown record;
BEGIN
    FOR shown IN
        SELECT n.nspname, c.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('pipeline', 'quarantine') AND c.relkind = 'v'
    LOOP
        EXECUTE format('ALTER VIEW %I.%I SET (security_invoker = true)', shown.nspname, shown.relname);
    END LOOP;
END $$;
