-- name: page
-- Everything that the overview shows, a JSON text; what is not there is left out. The session is in UTC.
-- $1 workspace_ids   $2 a part of the name   $3 trouble, or none   $4 tag_ids   $5 limit   $6 offset   $7 status   $8 connection_id
WITH here AS MATERIALIZED (
    SELECT connection_id, workspace_id, source_id, name, engine, status, disabled_at, disabled_by_job
    FROM pipeline.connections
    WHERE ($1::uuid[] IS NULL OR workspace_id = ANY ($1)) AND status <> 'deprecated'
), {relations}, troubles AS MATERIALIZED ({troubles}), summed AS MATERIALIZED (
    SELECT t.connection_id, min(t.rank) AS rank,
           json_agg(json_build_object(
               'kind', t.kind, 'reason', t.reason, 'detail', t.detail, 'count', t.count,
               'since', to_char(t.since, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'jobId', t.job_id,
               'stream', s.name, 'namespace', nullif(s.namespace, '')) ORDER BY t.rank, t.since, t.reason) AS troubles
    FROM troubles t LEFT JOIN pipeline.streams s USING (stream_id)
    GROUP BY t.connection_id
), chosen AS MATERIALIZED (
    SELECT h.connection_id, h.workspace_id, h.source_id, h.name, h.engine, h.status, u.rank, u.troubles
    FROM here h LEFT JOIN summed u USING (connection_id)
    WHERE ($2::text IS NULL OR position(lower($2) IN lower(h.name)) > 0)
      AND CASE WHEN $3::text IS NULL THEN true WHEN $3 = 'none' THEN u.connection_id IS NULL
               ELSE EXISTS (SELECT FROM troubles t WHERE t.connection_id = h.connection_id AND t.kind = $3) END
      AND ($4::uuid[] IS NULL OR h.connection_id IN (SELECT t.connection_id FROM pipeline.connection_tags t
                                                     WHERE t.tag_id = ANY ($4)))
      AND ($7::text IS NULL OR h.status = $7)
      AND ($8::uuid IS NULL OR h.connection_id = $8)
), page AS MATERIALIZED (
    SELECT c.*, row_number() OVER (ORDER BY c.rank NULLS LAST, c.name, c.connection_id) AS place
    FROM chosen c ORDER BY place LIMIT $5 OFFSET $6
), recent AS MATERIALIZED (
    SELECT p.connection_id, j.*
    FROM page p
    CROSS JOIN LATERAL (
        SELECT job_id, job_type, status, engine, started_at, ended_at FROM pipeline.jobs
        WHERE connection_id = p.connection_id ORDER BY job_id DESC LIMIT 30
    ) j
), active AS MATERIALIZED (
    SELECT j.job_id, j.connection_id, h.name, j.job_type, j.status, j.mode, j.engine, j.created_at, j.started_at
    FROM pipeline.jobs j JOIN here h USING (connection_id)
    WHERE j.status IN ('pending', 'running')
), running AS MATERIALIZED (
    SELECT * FROM active ORDER BY job_id LIMIT 100
), landed AS MATERIALIZED (
    SELECT job_id, records AS rows
    FROM pipeline.explored_of(ARRAY(SELECT job_id FROM recent UNION SELECT job_id FROM running))
), reported AS (  -- by remotes, of jobs that are done elsewhere
    SELECT DISTINCT ON (x.job_id) x.job_id, x.rows FROM pipeline.remote_runs x
    WHERE x.job_id IN (SELECT job_id FROM recent UNION SELECT job_id FROM running)
    ORDER BY x.job_id, x.remote_run_id DESC
), jobs AS (
    SELECT r.connection_id, json_agg(json_build_object(
               'jobId', r.job_id, 'jobType', r.job_type, 'status', r.status,
               'startedAt', to_char(r.started_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'endedAt', to_char(r.ended_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'durationS', round(extract(epoch FROM coalesce(r.ended_at, now()) - r.started_at), 3),
               'rows', CASE WHEN r.engine <> 'local' THEN e.rows
                            WHEN r.started_at IS NOT NULL THEN coalesce(l.rows, 0) END) ORDER BY r.job_id) AS jobs,
           (array_agg(json_build_object(
               'jobId', r.job_id, 'jobType', r.job_type, 'status', r.status,
               'endedAt', to_char(r.ended_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ORDER BY r.job_id DESC))[1] AS last
    FROM recent r LEFT JOIN landed l USING (job_id) LEFT JOIN reported e USING (job_id)
    GROUP BY r.connection_id
), freshness AS (
    SELECT p.connection_id, max(b.extracted_at) AS newest, min(b.extracted_at) AS oldest,
           count(*) AS streams, count(*) FILTER (WHERE w.stream_id IS NULL) AS unpublished
    FROM page p
    JOIN pipeline.streams s ON s.connection_id = p.connection_id AND s.selected
    LEFT JOIN pipeline.watermarks w USING (stream_id)
    LEFT JOIN pipeline.batches b ON b.batch_id = w.batch_id
    GROUP BY p.connection_id
), by_stream AS (  -- a stream is as fresh as the newest good sync, which has asked for all that is new
    SELECT p.connection_id, json_agg(json_build_object(
               'stream', s.name, 'namespace', nullif(s.namespace, ''),
               'extractedAt', to_char(b.extracted_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'windowsBehind', CASE WHEN e.kind IN ('basic', 'cron') AND p.status = 'active' THEN v.windows END)
           ORDER BY s.position) AS streams
    FROM page p
    JOIN pipeline.streams s ON s.connection_id = p.connection_id AND s.selected
    LEFT JOIN pipeline.watermarks w USING (stream_id)
    LEFT JOIN pipeline.batches b ON b.batch_id = w.batch_id
    LEFT JOIN pipeline.schedules e ON e.connection_id = p.connection_id
    LEFT JOIN good g ON g.connection_id = p.connection_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS windows FROM (
            (SELECT FROM pipeline.schedule_events o
             WHERE o.connection_id = p.connection_id AND o.window_at > greatest(b.extracted_at, g.ended_at, e.updated_at)
             ORDER BY o.window_at LIMIT 10)
            UNION ALL
            SELECT WHERE e.next_window_at < now()
        ) u
    ) v
    GROUP BY p.connection_id
), scored AS (
    SELECT p.connection_id, s.stream_id, s.name, s.namespace, n.job_id
    FROM page p
    JOIN pipeline.streams s ON s.connection_id = p.connection_id AND s.selected
    CROSS JOIN LATERAL (
        SELECT a.job_id FROM pipeline.promotions m JOIN pipeline.attempts a USING (attempt_id)
        WHERE m.stream_id = s.stream_id AND EXISTS (SELECT FROM quality.scores q WHERE q.promotion_id = m.promotion_id)
        ORDER BY m.promotion_id DESC LIMIT 1
    ) n
), quality AS (
    SELECT DISTINCT ON (q.connection_id) q.*
    FROM (
        SELECT d.connection_id, d.name, d.namespace, d.job_id, q.dimension,
               sum(q.score * q.measured) / nullif(sum(q.measured) FILTER (WHERE q.score IS NOT NULL), 0) AS score
        FROM scored d
        JOIN pipeline.attempts a USING (job_id)
        JOIN pipeline.promotions m ON m.attempt_id = a.attempt_id AND m.stream_id = d.stream_id
        JOIN quality.scores q USING (promotion_id)
        GROUP BY d.connection_id, d.stream_id, d.name, d.namespace, d.job_id, q.dimension
    ) q
    WHERE q.score IS NOT NULL
    ORDER BY q.connection_id, q.score, q.dimension, q.name
)
SELECT (SELECT count(*) FROM chosen) AS found, json_strip_nulls(json_build_object(
    'at', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'counts', (
        SELECT json_build_object(
            'connections', count(*), 'active', count(*) FILTER (WHERE h.status = 'active'),
            'broken', count(*) FILTER (WHERE k.kinds @> ARRAY['broken']),
            'late', count(*) FILTER (WHERE k.kinds @> ARRAY['late']),
            'unsafe', count(*) FILTER (WHERE k.kinds @> ARRAY['unsafe']),
            'waiting', count(*) FILTER (WHERE k.kinds @> ARRAY['waiting']),
            'untroubled', count(*) FILTER (WHERE k.kinds IS NULL),
            'running', (SELECT count(*) FROM active))
        FROM here h
        LEFT JOIN (SELECT connection_id, array_agg(kind) AS kinds FROM troubles GROUP BY connection_id) k
            USING (connection_id)),
    'running', (
        SELECT coalesce(json_agg(json_build_object(
            'jobId', r.job_id, 'connectionId', r.connection_id, 'connection', r.name, 'jobType', r.job_type,
            'status', r.status, 'mode', r.mode, 'createdAt', to_char(r.created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'startedAt', to_char(r.started_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'rowsSynced', CASE WHEN r.engine <> 'local' THEN e.rows
                               WHEN r.started_at IS NOT NULL THEN coalesce(l.rows, 0) END) ORDER BY r.job_id), '[]')
        FROM running r LEFT JOIN landed l USING (job_id) LEFT JOIN reported e USING (job_id)),
    'found', (SELECT count(*) FROM chosen),
    'connections', (
        SELECT coalesce(json_agg(json_build_object(
            'connectionId', p.connection_id, 'workspaceId', p.workspace_id, 'name', p.name,
            'source', json_build_object('sourceId', o.source_id, 'name', o.name, 'connector', o.connector),
            'engine', p.engine, 'status', p.status,
            'scheduleType', coalesce(e.kind, 'manual'),
            'nextRunAt', CASE WHEN p.status = 'active' THEN to_char(e.next_run_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END,
            'troubles', coalesce(p.troubles, '[]'),
            'lastJob', j.last,
            'lastSucceededAt', to_char(g.ended_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'freshness', json_build_object(
                'newest', to_char(f.newest, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'oldest', to_char(f.oldest, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'streams', coalesce(f.streams, 0), 'unpublished', coalesce(f.unpublished, 0),
                'perStream', coalesce(t.streams, '[]')),
            'recent', coalesce(j.jobs, '[]'),
            'quality', CASE WHEN q.connection_id IS NOT NULL THEN json_build_object(
                'score', q.score, 'dimension', q.dimension, 'stream', q.name,
                'namespace', nullif(q.namespace, ''), 'jobId', q.job_id) END,
            'quarantined', coalesce(k.count, 0)) ORDER BY p.place), '[]')
        FROM page p
        JOIN pipeline.sources o USING (source_id)
        LEFT JOIN pipeline.schedules e USING (connection_id)
        LEFT JOIN good g USING (connection_id)
        LEFT JOIN jobs j USING (connection_id)
        LEFT JOIN freshness f USING (connection_id)
        LEFT JOIN by_stream t USING (connection_id)
        LEFT JOIN quality q USING (connection_id)
        LEFT JOIN quarantined k USING (connection_id))
))::text AS shown;
