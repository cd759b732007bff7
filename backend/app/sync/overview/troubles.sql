-- name: good
-- When the newest sync or refresh that brought data ended well: only such a job makes good what failed before.
SELECT h.connection_id, j.job_id, j.ended_at
FROM here h
CROSS JOIN LATERAL (
    SELECT job_id, ended_at FROM pipeline.jobs
    WHERE connection_id = h.connection_id AND status = 'succeeded' AND job_type IN ('sync', 'refresh')
      AND options ->> 'generation' IS NULL
    ORDER BY job_id DESC LIMIT 1
) j

-- name: failing
-- Failures that stand: of a job after which none of its own type has succeeded either.
SELECT h.connection_id, count(*)::int AS count, min(f.ended_at) AS since, max(f.job_id) AS job_id
FROM here h
LEFT JOIN good g USING (connection_id)
CROSS JOIN LATERAL (
    SELECT j.job_id, j.ended_at FROM pipeline.jobs j
    WHERE j.connection_id = h.connection_id AND j.job_id > coalesce(g.job_id, 0) AND j.status = 'failed'
      AND NOT EXISTS (SELECT FROM pipeline.jobs o
                      WHERE o.connection_id = j.connection_id AND o.job_id > j.job_id
                        AND o.status = 'succeeded' AND o.job_type = j.job_type)
) f
GROUP BY h.connection_id

-- name: unbalanced
-- The newest job that ended and was not cancelled, if its books do not balance: as `balanced` of the job.
WITH newest AS MATERIALIZED (
    SELECT h.connection_id, j.job_id, j.ended_at
    FROM here h
    CROSS JOIN LATERAL (
        SELECT job_id, ended_at FROM pipeline.jobs
        WHERE connection_id = h.connection_id AND status IN ('succeeded', 'failed')
        ORDER BY job_id DESC LIMIT 1
    ) j
)
SELECT n.connection_id, n.job_id, n.ended_at AS since, b.batches AS count
FROM newest n
JOIN pipeline.unbalanced_of(ARRAY(SELECT job_id FROM newest)) b USING (job_id)

-- name: due
-- The first window of the present schedule after which nothing has succeeded, if it was due ten minutes ago. A window
-- is due when its jitter is over; one that was ticked has an event, one that nobody ticked stands in the schedule, and
-- what follows another connection is due when that has succeeded.
SELECT h.connection_id, d.window_at, d.due_at
FROM here h
JOIN pipeline.schedules s USING (connection_id)
LEFT JOIN good g USING (connection_id)
CROSS JOIN LATERAL (
    SELECT u.window_at, u.due_at FROM (
        (SELECT e.window_at, least(e.at, e.window_at + make_interval(secs => s.jitter_s)) AS due_at
         FROM pipeline.schedule_events e
         WHERE e.connection_id = s.connection_id AND e.window_at > greatest(g.ended_at, s.updated_at)
         ORDER BY e.window_at LIMIT 1)
        UNION ALL
        SELECT s.next_window_at, least(s.next_run_at, s.next_window_at + make_interval(secs => s.jitter_s))
        WHERE s.next_window_at > greatest(g.ended_at, s.updated_at)
        UNION ALL
        (SELECT j.ended_at, j.ended_at FROM pipeline.jobs j
         WHERE s.kind = 'after' AND j.connection_id = s.after_connection AND j.job_id > s.after_job
           AND j.status = 'succeeded' AND j.job_type IN ('sync', 'refresh', 'backfill')
           AND j.options ->> 'generation' IS NULL AND j.ended_at > greatest(g.ended_at, s.updated_at)
         ORDER BY j.job_id LIMIT 1)
    ) u
    WHERE u.due_at < now() - interval '10 minutes'
    ORDER BY u.window_at LIMIT 1
) d
WHERE h.status = 'active'

-- name: overdue
-- Of these, what is due for longer than three times what its last thirty good syncs took.
SELECT w.connection_id, w.window_at AS since
FROM due w
CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM j.ended_at - j.started_at)) AS median_s
    FROM (SELECT started_at, ended_at FROM pipeline.jobs
          WHERE connection_id = w.connection_id AND status = 'succeeded' AND job_type IN ('sync', 'refresh')
            AND options ->> 'generation' IS NULL
          ORDER BY job_id DESC LIMIT 30) j
) m
WHERE w.due_at < now() - make_interval(secs => 3 * coalesce(m.median_s, 0))

-- name: to_review
-- Columns whose newest decision is Atlas's own doubt.
SELECT s.connection_id, count(*)::int AS count, min(d.decided_at) AS since, min(s.stream_id) AS stream_id,
       count(DISTINCT s.stream_id) = 1 AS is_one
FROM pii.column_decisions d
JOIN pipeline.streams s USING (stream_id)
JOIN here h USING (connection_id)
WHERE d.verdict = 'review' AND d.decided_by = 'atlas' AND s.selected
  AND NOT EXISTS (SELECT FROM pii.column_decisions n
                  WHERE n.stream_id = d.stream_id AND n.path = d.path AND n.decision_id > d.decision_id)
GROUP BY s.connection_id

-- name: held
-- Of each stream the newest range that a gate holds back, while records of it are published nowhere.
SELECT p.connection_id, count(*)::int AS count, min(b.since) AS since, min(p.stream_id) AS stream_id,
       count(*) = 1 AS is_one, min(p.reason) AS reason, max(p.job_id) AS job_id
FROM (
    SELECT DISTINCT ON (m.stream_id) s.connection_id, m.stream_id, m.after_batch, m.last_batch, m.reason, a.job_id
    FROM pipeline.promotions m
    JOIN pipeline.streams s USING (stream_id)
    JOIN here h USING (connection_id)
    JOIN pipeline.attempts a USING (attempt_id)
    WHERE m.outcome = 'held' AND s.selected
    ORDER BY m.stream_id, m.promotion_id DESC
) p
CROSS JOIN LATERAL (
    SELECT min(o.recorded_at) AS since FROM pipeline.promotions o
    WHERE o.stream_id = p.stream_id AND o.outcome = 'held' AND o.after_batch = p.after_batch
) b
WHERE EXISTS (SELECT FROM pipeline.batches k
              WHERE k.stream_id = p.stream_id AND k.batch_id > p.after_batch AND k.batch_id <= p.last_batch
                AND k.voided_at IS NULL AND k.explored > 0
                AND NOT EXISTS (SELECT FROM pipeline.batch_outcomes o WHERE o.batch_id = k.batch_id))
GROUP BY p.connection_id

-- name: changes
SELECT s.connection_id, count(*)::int AS count, min(c.found_at) AS since, min(s.stream_id) AS stream_id,
       count(DISTINCT s.stream_id) = 1 AS is_one, bool_or(c.is_breaking) AS is_breaking
FROM pipeline.schema_changes c
JOIN pipeline.streams s USING (stream_id)
JOIN here h USING (connection_id)
WHERE c.status = 'pending'
GROUP BY s.connection_id

-- name: quarantined
SELECT k.connection_id, sum(k.records)::bigint AS count, min(k.since) AS since, min(k.stream_id) AS stream_id,
       count(*) = 1 AS is_one
FROM quarantine.kept_of(ARRAY(SELECT connection_id FROM here)) k
GROUP BY k.connection_id

-- name: undelivered
SELECT r.connection_id, count(*)::int AS count, min(n.ended_at) AS since
FROM pipeline.notifications n
JOIN pipeline.notification_rules r USING (rule_id)
JOIN here h USING (connection_id)
WHERE n.status = 'dead'
GROUP BY r.connection_id

-- name: held_back
-- A job that is not let into the queue: as `heldBack` of the queue.
SELECT j.connection_id, j.job_id, coalesce(j.due_at, j.updated_at) AS since
FROM pipeline.jobs j
JOIN here h USING (connection_id)
WHERE j.status IN ('pending', 'running') AND j.queued_at IS NULL
  AND NOT EXISTS (SELECT FROM pipeline.attempts a WHERE a.job_id = j.job_id AND a.status = 'running')

-- name: troubles
-- What is told of each; `stream_id` where it is about one alone.
SELECT f.connection_id, 1 AS rank, 'broken' AS kind, 'job_failed' AS reason, f.count::bigint AS count, f.since, f.job_id,
       NULL::bigint AS stream_id,
       concat(coalesce(j.failure ->> 'title', 'It failed'),
              CASE WHEN f.count > 1 THEN format('; %s failures in a row', f.count) END, '.') AS detail
FROM failing f JOIN pipeline.jobs j USING (job_id)
UNION ALL
SELECT connection_id, 1, 'broken', 'books_unbalanced', count, since, job_id, NULL,
       format('The books of job %s do not balance.', job_id)
FROM unbalanced
UNION ALL
SELECT connection_id, 1, 'broken', 'disabled', NULL, disabled_at, disabled_by_job, NULL,
       'Atlas disabled it: its source has changed, and it says that it shall stop then.'
FROM here WHERE status = 'inactive' AND disabled_at IS NOT NULL
UNION ALL
SELECT connection_id, 2, 'late', 'overdue', NULL, since, NULL, NULL,
       format('It was due at %s UTC, and nothing has succeeded since.', to_char(since, 'YYYY-MM-DD HH24:MI'))
FROM overdue
UNION ALL
SELECT connection_id, 3, 'unsafe', 'personal_data', count, since, NULL, CASE WHEN is_one THEN stream_id END,
       format('%s may hold personal data, and no person has decided.', CASE count WHEN 1 THEN 'A column' ELSE count || ' columns' END)
FROM to_review
UNION ALL
SELECT connection_id, 3, 'unsafe', 'range_held', count, since, job_id, CASE WHEN is_one THEN stream_id END,
       format('%s held back: %s', CASE count WHEN 1 THEN 'A range is' ELSE count || ' ranges are' END, reason)
FROM held
UNION ALL
SELECT connection_id, 4, 'waiting', 'schema_change', count, since, NULL, CASE WHEN is_one THEN stream_id END,
       format('%s for a word%s.', CASE count WHEN 1 THEN 'A change of schema waits' ELSE count || ' changes of schema wait' END,
              CASE WHEN is_breaking THEN ', and would break something' END)
FROM changes
UNION ALL
SELECT connection_id, 4, 'waiting', 'quarantine', count, since, NULL, CASE WHEN is_one THEN stream_id END,
       format('%s in quarantine.', CASE count WHEN 1 THEN 'A record is' ELSE count || ' records are' END)
FROM quarantined
UNION ALL
SELECT connection_id, 4, 'waiting', 'notification', count, since, NULL, NULL,
       format('%s could not be delivered.', CASE count WHEN 1 THEN 'A notification' ELSE count || ' notifications' END)
FROM undelivered
UNION ALL
SELECT connection_id, 4, 'waiting', 'job_held_back', NULL, since, job_id, NULL,
       format('Job %s waits until its workspace has room.', job_id)
FROM held_back
