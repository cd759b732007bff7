-- name: shown
-- Jobs as Airbyte's clients see them, a JSON text each, with their books. What is not there is left out. The
-- session is in UTC. $1 and later as the relation of the jobs takes them.
SELECT j.polled_at IS NULL AND j.status IN ('pending', 'running') AS is_unheard, {place} AS place,
       json_strip_nulls(json_build_object(
           'jobId', j.job_id,
           'status', j.status,
           'jobType', j.job_type,
           'startTime', to_char(coalesce(j.started_at, j.created_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'connectionId', j.connection_id,
           'lastUpdatedAt', CASE WHEN j.ended_at IS NOT NULL
                                 THEN to_char(j.updated_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END,
           'duration', 'PT' || coalesce(nullif(t.s / 3600, 0) || 'H', '')
                            || coalesce(nullif(t.s % 3600 / 60, 0) || 'M', '') || t.s % 60 || 'S',
           'bytesSynced', CASE WHEN j.engine <> 'local' THEN r.bytes
                               WHEN j.started_at IS NOT NULL THEN coalesce(l.size_bytes, 0) END,
           'rowsSynced', CASE WHEN j.engine <> 'local' THEN r.rows
                              WHEN j.started_at IS NOT NULL THEN coalesce(l.explored, 0) END,
           'atlas', json_build_object(
               'connection', j.connection,
               'engine', j.engine,
               'mode', j.mode,
               'runId', a.run_id,
               'connectorVersion', (SELECT c.version FROM pipeline.attempt_connectors c WHERE c.attempt_id = a.attempt_id),
               'attempts', coalesce(a.number, 0),
               'startedAt', to_char(j.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'endedAt', to_char(j.ended_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'dueAt', to_char(j.due_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'failure', CASE WHEN j.failure IS NOT NULL THEN json_build_object(
                   'type', '/problems/' || (j.failure ->> 'slug'), 'title', j.failure ->> 'title',
                   'detail', j.failure ->> 'detail', 'failureType', j.failure ->> 'failure') END,
               'parentRun', j.parent_run,
               'asked', CASE WHEN j.job_type IN ('refresh', 'clear', 'rebuild', 'backfill') THEN json_build_object(
                   'streams', coalesce(j.options -> 'streams', '[]'),
                   'removeHistory', coalesce(j.options -> 'removes_history', 'false'),
                   'swap', coalesce(j.options -> 'swaps', 'false'),
                   'generation', nullif(j.options -> 'generation', 'null'),
                   'backfill', CASE WHEN jsonb_typeof(j.options -> 'backfill') = 'object' THEN json_build_object(
                       'from', j.options #> '{{backfill,since}}', 'to', j.options #> '{{backfill,until}}',
                       'chunks', j.options #> '{{backfill,chunks}}') END) END,
               'remote', CASE WHEN r.remote_run_id IS NOT NULL THEN json_build_object(
                   'remoteId', r.remote_id, 'connectionId', r.remote_connection_id, 'jobId', r.remote_job_id,
                   'status', r.status, 'adopted', r.is_adopted, 'rows', r.rows, 'bytes', r.bytes,
                   'startedAt', to_char(r.started_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                   'seenAt', to_char(r.seen_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                   'verification', r.verified, 'reasons', r.reasons) END,
               'balanced', CASE WHEN j.engine = 'local' AND (l.read > 0 OR NOT l.is_balanced) THEN l.is_balanced END,
               'transformationRuns', (SELECT json_agg(t.transformation_run_id ORDER BY t.transformation_run_id)
                                      FROM pipeline.transformation_runs t WHERE t.after_job_id = j.job_id),
               'streams', CASE WHEN j.engine = 'local' THEN coalesce(l.streams, '[]') ELSE '[]' END)))::text AS shown
FROM {jobs} j
CROSS JOIN LATERAL (
    SELECT trunc(extract(epoch FROM coalesce(j.ended_at, now()) - j.started_at))::bigint AS s
) t
LEFT JOIN LATERAL (
    SELECT attempt_id, run_id, number FROM pipeline.attempts WHERE job_id = j.job_id ORDER BY number DESC LIMIT 1
) a ON true
LEFT JOIN LATERAL (
    SELECT remote_run_id, remote_id, remote_connection_id, remote_job_id, status, is_adopted, rows, bytes, started_at,
           seen_at, verified, reasons
    FROM pipeline.remote_runs WHERE job_id = j.job_id ORDER BY remote_run_id DESC LIMIT 1
) r ON j.engine <> 'local'
CROSS JOIN LATERAL (
    SELECT sum(b.size_bytes) AS size_bytes, sum(b.explored) AS explored, bool_and(b.is_balanced) AS is_balanced,
           sum(b.read + b.rejected) AS read,
           json_agg(json_build_object(
               'name', b.name, 'namespace', nullif(b.namespace, ''), 'read', b.read, 'rejected', b.rejected,
               'unchanged', b.unchanged, 'explored', b.explored, 'charted', b.charted,
               'superseded', b.superseded, 'quarantined', b.quarantined, 'deleted', b.deleted, 'held', b.held,
               'outOfRange', b.out_of_range, 'versions', b.versions, 'balanced', b.is_balanced)
               ORDER BY b.position) AS streams
    FROM pipeline.ledger b WHERE b.job_id = j.job_id
) l

-- name: together
-- How many were found, and all but the last that was asked for, which only tells that there are more: as one text
-- in UTF-8. $8 how many were asked for
SELECT count(*) AS found,
       convert_to(coalesce(string_agg(s.shown, ',' ORDER BY s.place) FILTER (WHERE s.place < $8), ''), 'UTF8') AS shown
FROM ({shown}) s;

-- name: one
-- $1 job_id
(SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
        j.ended_at, j.updated_at, j.due_at, j.polled_at, j.engine, j.parent_run, j.options, n.name AS connection
 FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id) WHERE j.job_id = $1)

-- name: page
-- $1 connection_ids   $2 status   $3 job_type   $4 created from   $5 created to   $6 updated from
-- $7 updated to   $8 limit   $9 offset   $10 workspace_ids   $11 true for Atlas's own types too
(SELECT j.job_id, j.connection_id, j.job_type, j.status, j.mode, j.failure, j.created_at, j.started_at,
        j.ended_at, j.updated_at, j.due_at, j.polled_at, j.engine, j.parent_run, j.options, n.name AS connection
 FROM pipeline.jobs j
 JOIN pipeline.connections n USING (connection_id)
 WHERE ($1::uuid[] IS NULL OR j.connection_id = ANY ($1))
   AND ($10::uuid[] IS NULL OR n.workspace_id = ANY ($10))
   AND ($2::text IS NULL OR j.status = $2)
   AND CASE WHEN $3::text IS NULL THEN $11 OR j.job_type NOT IN ('replay', 'rebuild', 'backfill') ELSE j.job_type = $3 END
   AND ($4::timestamptz IS NULL OR j.created_at >= $4)
   AND ($5::timestamptz IS NULL OR j.created_at <= $5)
   AND ($6::timestamptz IS NULL OR j.updated_at >= $6)
   AND ($7::timestamptz IS NULL OR j.updated_at <= $7)
 ORDER BY {order}
 LIMIT $8 OFFSET $9)

-- name: note_poll
-- Somebody knows of the job; who holds its row is not waited for. $1 job_id
UPDATE pipeline.jobs SET polled_at = now()
WHERE job_id = (SELECT job_id FROM pipeline.jobs WHERE job_id = $1 AND polled_at IS NULL FOR UPDATE SKIP LOCKED);
