-- name: chosen
-- A connection's records that can be asked back, with those just like them: what chart kept out, as it is or
-- corrected, and what explore could not take, corrected.
-- $1 connection_id   $2 boundaries, or null for all   $3 quarantine_ids   $4 stream   $5 namespace   $6 rule
WITH named AS MATERIALIZED (
    SELECT o.boundary, o.stream_id, o.content_hash
    FROM unnest($2::text[], $3::bigint[]) AS w (boundary, quarantine_id)
    JOIN quarantine.records o USING (boundary, quarantine_id)
)
SELECT r.boundary, r.quarantine_id
FROM quarantine.records r JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 AND s.selected
  AND (r.status = 'fixed' OR r.status = 'kept' AND r.boundary = 'chart')
  AND ($2 IS NULL
       OR (r.boundary, r.stream_id, r.content_hash) IN (SELECT boundary, stream_id, content_hash FROM named))
  AND ($4::text IS NULL OR s.name = $4)
  AND ($5::text IS NULL OR s.namespace = $5)
  AND ($6::text IS NULL OR $6 = ANY (r.rules))

-- name: begin
-- $1 job_id   $2 by whom
INSERT INTO quarantine.replays (job_id, asked_by) VALUES ($1, $2);

-- name: add_chosen
-- $1 to $6 as chosen   $7 job_id
INSERT INTO quarantine.replay_records (job_id, boundary, quarantine_id)
SELECT $7::bigint, c.boundary, c.quarantine_id FROM ({chosen}) c;

-- name: want_chosen
-- $1 to $6 as chosen
INSERT INTO wanted (boundary, quarantine_id) SELECT c.boundary, c.quarantine_id FROM ({chosen}) c;

-- name: asked_by
-- $1 job_id
SELECT asked_by FROM quarantine.replays WHERE job_id = $1;

-- name: fates
-- $1 job_id
SELECT coalesce(fate, 'waiting') AS fate, count(*)::int AS records
FROM quarantine.replay_records WHERE job_id = $1 GROUP BY 1 ORDER BY 1;

-- name: before_shown
-- The last batch before the generation that chart shows. $1 stream_id
SELECT coalesce(max(b.batch_id), 0) FROM pipeline.batches b
WHERE b.stream_id = $1 AND b.generation_id < (
    SELECT s.generation_id FROM pipeline.watermarks w JOIN pipeline.batches s USING (batch_id)
    WHERE w.stream_id = $1);
