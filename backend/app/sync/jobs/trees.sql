-- name: tree
-- What a job is a part of, what its attempts had a remote do, and the runs that followed it, a JSON text; what is not
-- there is left out. The session is in UTC. $1 job_id
SELECT json_strip_nulls(json_build_object(
    'parentRun', j.parent_run,
    'jobId', j.job_id, 'connectionId', j.connection_id, 'connection', n.name, 'jobType', j.job_type,
    'engine', j.engine, 'status', j.status, 'createdAt', to_char(j.created_at, {moment}),
    'startedAt', to_char(j.started_at, {moment}), 'endedAt', to_char(j.ended_at, {moment}),
    'attempts', (
        SELECT coalesce(json_agg(json_build_object(
            'number', a.number, 'runId', a.run_id, 'status', a.status,
            'startedAt', to_char(a.started_at, {moment}), 'endedAt', to_char(a.ended_at, {moment}),
            'failure', a.failure ->> 'title',
            'remoteJobs', (
                SELECT coalesce(json_agg(json_build_object(
                    'remoteId', r.remote_id, 'connectionId', r.remote_connection_id, 'jobId', r.remote_job_id,
                    'status', r.status, 'adopted', r.is_adopted, 'rows', r.rows, 'bytes', r.bytes,
                    'startedAt', to_char(r.started_at, {moment}), 'seenAt', to_char(r.seen_at, {moment}),
                    'endedAt', to_char(r.ended_at, {moment}), 'verification', r.verified, 'reasons', r.reasons)
                    ORDER BY r.remote_run_id), '[]')
                FROM pipeline.remote_runs r WHERE r.job_id = j.job_id AND r.attempt_id = a.attempt_id))
            ORDER BY a.number), '[]')
        FROM pipeline.attempts a WHERE a.job_id = j.job_id),
    'transformationRuns', (
        SELECT coalesce(json_agg(json_build_object(
            'transformationRunId', t.transformation_run_id, 'transformationId', t.transformation_id, 'name', d.name,
            'runId', t.run_id, 'retryOf', t.retry_of, 'status', t.status, 'step', t.step,
            'nodesDone', t.nodes_done, 'nodesTotal', t.nodes_total, 'failedTests', f.tests, 'failedNodes', f.others,
            'createdAt', to_char(t.created_at, {moment}), 'startedAt', to_char(t.started_at, {moment}),
            'endedAt', to_char(t.ended_at, {moment}), 'failure', t.failure ->> 'title')
            ORDER BY t.transformation_run_id), '[]')
        FROM pipeline.transformation_runs t
        JOIN pipeline.transformations d USING (transformation_id)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE k.kind IN ('test', 'unit_test')) AS tests,
                   count(*) FILTER (WHERE k.kind NOT IN ('test', 'unit_test')) AS others
            FROM pipeline.transformation_nodes k
            WHERE k.transformation_run_id = t.transformation_run_id AND k.status IN ('fail', 'error', 'partial success')
        ) f
        WHERE t.after_job_id = j.job_id)))::text AS tree
FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
WHERE j.job_id = $1;
