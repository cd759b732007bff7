-- name: filtered
-- Records of quarantine by what is asked for; a null filters nothing.
-- $1 connection_id   $2 stream   $3 namespace   $4 boundary   $5 rule   $6 status   $7 seen until
-- $8 the job that read it
FROM quarantine.records r JOIN pipeline.streams s USING (stream_id)
WHERE ($1::uuid IS NULL OR s.connection_id = $1)
  AND ($2::text IS NULL OR s.name = $2)
  AND ($3::text IS NULL OR s.namespace = $3)
  AND ($4::text IS NULL OR r.boundary = $4)
  AND ($5::text IS NULL OR $5 = ANY (r.rules))
  AND ($6::text IS NULL OR r.status = $6)
  AND ($7::timestamptz IS NULL OR r.seen_at <= $7)
  AND ($8::bigint IS NULL OR r.batch_id IN (SELECT b.batch_id FROM pipeline.batches b JOIN pipeline.attempts a USING (attempt_id)
                                            WHERE a.job_id = $8))

-- name: list
-- One line for a record and those that were sent again just like it; the newest seen first.
-- $1 to $8 as filtered   $9 limit   $10 offset
WITH alike AS (
    SELECT r.boundary, r.stream_id, r.status, max(r.quarantine_id) AS quarantine_id, count(*)::int AS times,
           min(r.seen_at) AS first_seen_at, max(r.seen_at) AS last_seen_at
    {filtered}
    GROUP BY r.boundary, r.stream_id, r.status, r.content_hash
    ORDER BY last_seen_at DESC, r.boundary, quarantine_id DESC
    LIMIT $9 OFFSET $10
)
SELECT a.boundary, a.quarantine_id, s.connection_id, s.name, s.namespace, r.batch_id, r.seq, r.rules, r.reason,
       a.status, a.times, a.first_seen_at, a.last_seen_at
FROM alike a
JOIN quarantine.records r USING (boundary, quarantine_id)
JOIN pipeline.streams s ON s.stream_id = a.stream_id
ORDER BY a.last_seen_at DESC, a.boundary, a.quarantine_id DESC;

-- name: counts
-- $1 to $8 as filtered
SELECT r.boundary, rule, r.status, count(*)::int AS records
FROM (SELECT r.boundary, r.rules, r.status {filtered}) r, unnest(r.rules) AS rule
GROUP BY r.boundary, rule, r.status ORDER BY records DESC, r.boundary, rule, r.status;

-- name: get
-- $1 boundary   $2 quarantine_id
SELECT r.boundary, r.quarantine_id, s.connection_id, s.name, s.namespace, r.batch_id, r.seq, r.rules, r.reason,
       r.status, a.times, a.first_seen_at, a.last_seen_at
FROM quarantine.records r
JOIN pipeline.streams s USING (stream_id)
CROSS JOIN LATERAL (
    SELECT count(*)::int AS times, min(o.seen_at) AS first_seen_at, max(o.seen_at) AS last_seen_at
    FROM quarantine.records o
    WHERE o.boundary = r.boundary AND o.stream_id = r.stream_id AND o.status = r.status
      AND o.content_hash = r.content_hash
) a
WHERE r.boundary = $1 AND r.quarantine_id = $2;

-- name: size_of_explore_record
-- $1 quarantine_id
SELECT size_bytes FROM quarantine.explore_records WHERE quarantine_id = $1;

-- name: size_of_chart_record
-- As text. $1 quarantine_id
SELECT octet_length(data::text)::bigint FROM quarantine.chart_records WHERE quarantine_id = $1;

-- name: decisions
-- $1 boundary   $2 quarantine_id
SELECT decision, decided_by, decided_at, job_id, note FROM quarantine.decisions
WHERE boundary = $1 AND quarantine_id = $2 ORDER BY decision_id;

-- name: look_at_chart
-- A record as it was sent, and its correction. $1 quarantine_id
SELECT convert_to(c.data::text, 'UTF8') AS sent, true AS is_whole, f.data::text AS fixed
FROM quarantine.chart_records c LEFT JOIN quarantine.fixes f ON f.batch_id = c.batch_id AND f.seq = c.seq
WHERE c.quarantine_id = $1;

-- name: look_at_explore
-- $1 quarantine_id
SELECT x.head AS sent, octet_length(x.head) >= x.size_bytes AS is_whole, f.data::text AS fixed
FROM quarantine.explore_records x LEFT JOIN quarantine.fixes f ON f.batch_id = x.batch_id AND f.seq = x.seq
WHERE x.quarantine_id = $1;
