-- name: alone
-- Nobody else decides of the connection's records until the transaction ends, nor begins their replay.
-- $1 connection_id
SELECT pg_advisory_xact_lock(hashtextextended('atlas.quarantine.' || $1::uuid, 0));

-- name: standing
-- Whether a record is being replayed, it or one just like it. $1 boundary   $2 quarantine_id
SELECT r.status, EXISTS (
    SELECT FROM quarantine.records o
    JOIN quarantine.replay_records p USING (boundary, quarantine_id)
    JOIN pipeline.jobs j USING (job_id)
    WHERE o.boundary = r.boundary AND o.stream_id = r.stream_id AND o.content_hash = r.content_hash
      AND j.status IN ('pending', 'running')) AS is_in_replay
FROM quarantine.records r WHERE r.boundary = $1 AND r.quarantine_id = $2;

-- name: place_refused
-- Lines that were refused before they were records have no place: they get one behind their batch's records,
-- in the order in which they were kept. $1 quarantine_id
UPDATE quarantine.explore_records x
SET seq = b.read + (SELECT count(*) FROM quarantine.explore_records o
                    WHERE o.batch_id = x.batch_id AND o.quarantine_id < x.quarantine_id)
FROM quarantine.explore_records one, pipeline.batches b
WHERE one.quarantine_id = $1 AND x.stream_id = one.stream_id AND x.content_hash = one.content_hash
  AND x.seq IS NULL AND b.batch_id = x.batch_id;

-- name: fix_by_record
-- Keep a correction of a record and of those just like it. $1 boundary   $2 quarantine_id   $3 the record
-- $4 by whom
INSERT INTO quarantine.fixes (batch_id, seq, stream_id, data, content_hash, fixed_by)
SELECT r.batch_id, r.seq, r.stream_id, v.data, quarantine.digest(v.data::text), $4
FROM quarantine.records one
JOIN quarantine.records r USING (boundary, stream_id, content_hash)
CROSS JOIN (SELECT $3::text::jsonb AS data) v
WHERE one.boundary = $1 AND one.quarantine_id = $2 AND r.status IN ('kept', 'fixed', 'dismissed')
  AND jsonb_typeof(v.data) = 'object'
ON CONFLICT (batch_id, seq) DO UPDATE
SET data = excluded.data, content_hash = excluded.content_hash, fixed_by = excluded.fixed_by,
    fixed_at = clock_timestamp(), applied_at = NULL;

-- name: fix_by_patch
-- The same by what changes of the record as it was sent. $1 boundary   $2 quarantine_id   $3 the patch
-- $4 by whom
INSERT INTO quarantine.fixes (batch_id, seq, stream_id, data, content_hash, fixed_by)
SELECT r.batch_id, r.seq, r.stream_id, v.data, quarantine.digest(v.data::text), $4
FROM quarantine.chart_records one
JOIN quarantine.records r USING (stream_id, content_hash)
CROSS JOIN LATERAL (SELECT quarantine.merged(one.data, $3::text::jsonb) AS data) v
WHERE r.boundary = $1 AND one.quarantine_id = $2 AND r.status IN ('kept', 'fixed', 'dismissed')
  AND jsonb_typeof(v.data) = 'object'
ON CONFLICT (batch_id, seq) DO UPDATE
SET data = excluded.data, content_hash = excluded.content_hash, fixed_by = excluded.fixed_by,
    fixed_at = clock_timestamp(), applied_at = NULL;

-- name: set_explore
-- $1 quarantine_id   $2 status
UPDATE quarantine.explore_records r SET status = $2
FROM quarantine.explore_records one
WHERE one.quarantine_id = $1 AND r.stream_id = one.stream_id AND r.content_hash = one.content_hash
  AND r.status IN ('kept', 'fixed', 'dismissed')
RETURNING r.quarantine_id;

-- name: set_chart
-- $1 quarantine_id   $2 status
UPDATE quarantine.chart_records r SET status = $2
FROM quarantine.chart_records one
WHERE one.quarantine_id = $1 AND r.stream_id = one.stream_id AND r.content_hash = one.content_hash
  AND r.status IN ('kept', 'fixed', 'dismissed')
RETURNING r.quarantine_id;

-- name: note
-- $1 boundary   $2 quarantine_ids   $3 decision   $4 by whom   $5 note
INSERT INTO quarantine.decisions (boundary, quarantine_id, stream_id, decision, decided_by, note)
SELECT boundary, quarantine_id, stream_id, $3, $4, $5 FROM quarantine.records
WHERE boundary = $1 AND quarantine_id = ANY ($2::bigint[]) ORDER BY quarantine_id;
