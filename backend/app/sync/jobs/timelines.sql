-- name: timeline
-- What a job's attempts did and when, a JSON text; what is not there is left out. Batches that were taken back are not
-- in it. The session is in UTC. $1 job_id
WITH tries AS MATERIALIZED (
    SELECT a.attempt_id, a.number, a.run_id, a.status, a.started_at, a.ended_at, a.failure, a.seconds, w.host
    FROM pipeline.attempts a LEFT JOIN pipeline.workers w USING (worker_id)
    WHERE a.job_id = $1
), landed AS MATERIALIZED (
    SELECT b.attempt_id, b.stream_id, b.extracted_at, b.landed_at, b.read, b.size_bytes
    FROM tries JOIN pipeline.batches b USING (attempt_id)
    WHERE b.voided_at IS NULL
), reading AS (
    SELECT l.attempt_id, l.stream_id, json_build_object(
               'extractedAt', to_char(min(l.extracted_at), {moment}),
               'firstLandedAt', to_char(min(l.landed_at), {moment}),
               'lastLandedAt', to_char(max(l.landed_at), {moment}),
               'completedAt', to_char((SELECT min(c.recorded_at) FROM pipeline.checkpoints c
                                       WHERE c.stream_id = l.stream_id AND c.attempt_id = l.attempt_id
                                         AND c.is_complete), {moment}),
               'records', sum(l.read), 'bytes', sum(l.size_bytes), 'batches', count(*)) AS span
    FROM landed l GROUP BY l.attempt_id, l.stream_id
), told AS (
    SELECT (payload ->> 'promotionId')::bigint AS promotion_id, min(at) AS at
    FROM pipeline.job_events WHERE job_id = $1 AND payload ? 'promotionId' GROUP BY 1
), taken AS (
    SELECT p.attempt_id, p.stream_id, p.promotion_id, p.after_batch, p.last_batch, p.outcome, p.reason, p.began_at,
           p.recorded_at, t.at AS ended_at,
           lag(coalesce(t.at, p.recorded_at)) OVER (PARTITION BY p.attempt_id, p.stream_id ORDER BY p.promotion_id) AS free_at
    FROM tries JOIN pipeline.promotions p USING (attempt_id) LEFT JOIN told t USING (promotion_id)
), promoted AS (
    SELECT p.attempt_id, p.stream_id, json_agg(json_build_object(
               'promotionId', p.promotion_id, 'afterBatch', p.after_batch, 'lastBatch', p.last_batch,
               'readyAt', to_char(greatest(b.landed_at, p.free_at), {moment}),
               'beganAt', to_char(p.began_at, {moment}), 'recordedAt', to_char(p.recorded_at, {moment}),
               'endedAt', to_char(p.ended_at, {moment}), 'outcome', p.outcome, 'reason', p.reason,
               'records', CASE p.outcome WHEN 'replayed' THEN d.records WHEN 'rekeyed' THEN NULL
                                         ELSE coalesce(b.records, 0) END) ORDER BY p.promotion_id) AS spans
    FROM taken p
    CROSS JOIN LATERAL (
        SELECT sum(k.explored) AS records, max(k.landed_at) AS landed_at FROM pipeline.batches k
        WHERE k.stream_id = p.stream_id AND k.batch_id > p.after_batch AND k.batch_id <= p.last_batch
          AND k.voided_at IS NULL AND p.outcome IN ('published', 'held')
    ) b
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(k.charted + k.superseded + k.deleted), 0) AS records FROM pipeline.batch_adjustments k
        WHERE k.promotion_id = p.promotion_id
    ) d
    GROUP BY p.attempt_id, p.stream_id
), streams AS (
    SELECT attempt_id, json_agg(json_build_object(
               'name', s.name, 'namespace', nullif(s.namespace, ''), 'reading', r.span,
               'promotions', coalesce(p.spans, '[]')) ORDER BY s.position) AS streams
    FROM reading r FULL JOIN promoted p USING (attempt_id, stream_id) JOIN pipeline.streams s USING (stream_id)
    GROUP BY attempt_id
), whole AS (
    SELECT min(landed_at) AS first_at, extract(epoch FROM max(landed_at) - min(landed_at)) AS span_s FROM landed
), buckets AS (
    SELECT first_at, span_s, greatest(ceil(span_s * 10 / 119) / 10, 0.1) AS bucket_s FROM whole WHERE first_at IS NOT NULL
), points AS (
    SELECT floor(extract(epoch FROM l.landed_at - u.first_at) / u.bucket_s)::int AS place, sum(l.read) AS records,
           sum(l.size_bytes) AS size_bytes
    FROM landed l CROSS JOIN buckets u GROUP BY 1
)
SELECT json_strip_nulls(json_build_object(
    'at', to_char(now(), {moment}), 'jobId', j.job_id, 'connectionId', j.connection_id, 'connection', n.name,
    'jobType', j.job_type, 'status', j.status, 'createdAt', to_char(j.created_at, {moment}),
    'startedAt', to_char(j.started_at, {moment}), 'endedAt', to_char(j.ended_at, {moment}),
    'attempts', (
        SELECT coalesce(json_agg(json_build_object(
            'number', a.number, 'runId', a.run_id, 'status', a.status, 'startedAt', to_char(a.started_at, {moment}),
            'endedAt', to_char(a.ended_at, {moment}), 'host', a.host,
            'failure', CASE WHEN a.failure IS NOT NULL THEN json_build_object(
                'type', '/problems/' || (a.failure ->> 'slug'), 'title', a.failure ->> 'title',
                'detail', a.failure ->> 'detail', 'failureType', a.failure ->> 'failure') END,
            'seconds', a.seconds, 'streams', coalesce(s.streams, '[]')) ORDER BY a.number), '[]')
        FROM tries a LEFT JOIN streams s USING (attempt_id)),
    'throughput', (
        SELECT json_build_object('bucketS', u.bucket_s, 'points', (
            SELECT json_agg(json_build_object(
                'at', to_char(u.first_at + make_interval(secs => (g.place * u.bucket_s)::float8), {moment}),
                'records', coalesce(p.records, 0), 'bytes', coalesce(p.size_bytes, 0)) ORDER BY g.place)
            FROM generate_series(0, floor(u.span_s / u.bucket_s)::int) AS g (place) LEFT JOIN points p USING (place)))
        FROM buckets u)
))::text AS shown
FROM pipeline.jobs j JOIN pipeline.connections n USING (connection_id)
WHERE j.job_id = $1;
