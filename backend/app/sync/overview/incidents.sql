-- name: incidents
-- What was not as it should be with one connection, and until when: what is told of it in the overview, over time.
-- Derived from the books alone. $1 connection_id   $2 limit   $3 offset
WITH ended AS MATERIALIZED (
    SELECT job_id, job_type, status, started_at, ended_at, failure ->> 'title' AS title,
           status = 'succeeded' AND job_type IN ('sync', 'refresh') AND options ->> 'generation' IS NULL AS is_good
    FROM pipeline.jobs WHERE connection_id = $1 AND status IN ('succeeded', 'failed')
), followed AS (
    SELECT e.*, least(
               min(e.job_id) FILTER (WHERE e.is_good) OVER (ORDER BY e.job_id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
               min(e.job_id) FILTER (WHERE e.status = 'succeeded') OVER (PARTITION BY e.job_type ORDER BY e.job_id
                                                                         ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)) AS mended_by
    FROM ended e
), failures AS (  -- a row of failures ends with the success that makes them good
    SELECT 'broken' AS kind, 'job_failed' AS reason, min(f.ended_at) AS since, m.ended_at AS until, max(f.job_id) AS job_id,
           f.mended_by, NULL::bigint AS stream_id, count(*)::int AS count,
           concat(coalesce((array_agg(f.title ORDER BY f.job_id DESC))[1], 'It failed'), '.') AS detail
    FROM followed f LEFT JOIN ended m ON m.job_id = f.mended_by
    WHERE f.status = 'failed'
    GROUP BY f.mended_by, m.ended_at
), took AS (
    SELECT greatest(interval '10 minutes', make_interval(secs => 3 * coalesce(
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM j.ended_at - j.started_at)), 0))) AS patience
    FROM (SELECT started_at, ended_at FROM ended WHERE is_good ORDER BY job_id DESC LIMIT 30) j
), windows AS (
    SELECT e.window_at, least(e.at, e.window_at + make_interval(secs => coalesce(s.jitter_s, 0))) AS due_at,
           (SELECT min(g.ended_at) FROM ended g WHERE g.is_good AND g.ended_at > e.window_at) AS good_at
    FROM pipeline.schedule_events e LEFT JOIN pipeline.schedules s USING (connection_id)
    WHERE e.connection_id = $1
), lateness AS (  -- windows after which nothing had succeeded in time, until something did
    SELECT 'late' AS kind, 'overdue' AS reason, min(w.window_at) AS since, w.good_at AS until,
           (SELECT max(g.job_id) FROM ended g WHERE g.is_good AND g.ended_at = w.good_at) AS job_id, NULL::bigint AS mended_by,
           NULL::bigint AS stream_id, count(*)::int AS count,
           format('It was due at %s UTC, and nothing had succeeded in time.', to_char(min(w.window_at), 'YYYY-MM-DD HH24:MI')) AS detail
    FROM windows w CROSS JOIN took t
    WHERE w.due_at + t.patience < coalesce(w.good_at, now())
    GROUP BY w.good_at
), held AS (
    SELECT p.stream_id, p.after_batch, min(p.recorded_at) AS since, max(p.promotion_id) AS last, count(*)::int AS count,
           (array_agg(p.reason ORDER BY p.promotion_id DESC))[1] AS detail,
           (array_agg(a.job_id ORDER BY p.promotion_id DESC))[1] AS job_id
    FROM pipeline.promotions p JOIN pipeline.streams s USING (stream_id) JOIN pipeline.attempts a USING (attempt_id)
    WHERE s.connection_id = $1 AND p.outcome = 'held'
    GROUP BY p.stream_id, p.after_batch
), ranges AS (  -- a range that a gate held back, until one over its first batch was published
    SELECT 'unsafe' AS kind, 'range_held' AS reason, h.since, o.recorded_at AS until, h.job_id, o.job_id AS mended_by,
           h.stream_id, h.count, coalesce(h.detail, 'A gate held it back.') AS detail
    FROM held h
    LEFT JOIN LATERAL (
        SELECT p.recorded_at, a.job_id FROM pipeline.promotions p JOIN pipeline.attempts a USING (attempt_id)
        WHERE p.stream_id = h.stream_id AND p.promotion_id > h.last AND p.outcome = 'published' AND p.last_batch > h.after_batch
        ORDER BY p.promotion_id LIMIT 1
    ) o ON true
), decided AS (
    SELECT d.stream_id, d.path, d.decided_at, d.verdict = 'review' AND d.decided_by = 'atlas' AS is_doubt,
           lead(d.decided_at) OVER (PARTITION BY d.stream_id, d.path ORDER BY d.decision_id) AS until
    FROM pii.column_decisions d JOIN pipeline.streams s USING (stream_id)
    WHERE s.connection_id = $1
), doubts AS (
    SELECT 'unsafe' AS kind, 'personal_data' AS reason, d.decided_at AS since, d.until, NULL::bigint AS job_id,
           NULL::bigint AS mended_by, d.stream_id, count(*)::int AS count,
           format('%s of %s may hold personal data.', CASE count(*) WHEN 1 THEN 'A column' ELSE count(*) || ' columns' END, s.name) AS detail
    FROM decided d JOIN pipeline.streams s USING (stream_id)
    WHERE d.is_doubt GROUP BY d.stream_id, s.name, d.decided_at, d.until
)
SELECT i.kind, i.reason, i.since, i.until, i.job_id, i.mended_by, s.name AS stream, nullif(s.namespace, '') AS namespace,
       i.count, i.detail
FROM (TABLE failures UNION ALL TABLE lateness UNION ALL TABLE ranges UNION ALL TABLE doubts) i
LEFT JOIN pipeline.streams s USING (stream_id)
ORDER BY i.since DESC, i.kind, i.stream_id, i.job_id LIMIT $2 OFFSET $3;
