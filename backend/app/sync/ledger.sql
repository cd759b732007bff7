-- name: add_promotion
-- $1 stream_id   $2 attempt_id   $3 after_batch   $4 last_batch   $5 outcome   $6 reason   $7 recorded_at, or now
-- $8 when it began
INSERT INTO pipeline.promotions (stream_id, attempt_id, after_batch, last_batch, outcome, reason, recorded_at, began_at)
VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, clock_timestamp()), $8) RETURNING promotion_id;

-- name: add_outcomes
-- Book every batch of the range, and give back those whose rows do not add up to what explore has.
-- $1 promotion_id   $2 stream_id   $3 after   $4 last   $5 batch_ids   $6 charted   $7 superseded
-- $8 quarantined   $9 deleted   $10 versions
WITH fates AS (
    SELECT f.batch_id, f.charted, f.superseded, f.quarantined, f.deleted, f.versions
    FROM unnest($5::bigint[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[])
        AS f (batch_id, charted, superseded, quarantined, deleted, versions)
), booked AS (
    INSERT INTO pipeline.batch_outcomes (batch_id, promotion_id, charted, superseded, quarantined, deleted, versions)
    SELECT b.batch_id, $1, coalesce(f.charted, 0), coalesce(f.superseded, 0), coalesce(f.quarantined, 0),
           coalesce(f.deleted, 0), coalesce(f.versions, 0)
    FROM pipeline.batches b LEFT JOIN fates f USING (batch_id)
    WHERE b.stream_id = $2 AND b.batch_id > $3 AND b.batch_id <= $4 AND b.voided_at IS NULL
    RETURNING batch_id, charted + superseded + quarantined + deleted AS accounted
)
SELECT k.batch_id FROM booked k JOIN pipeline.batches b USING (batch_id) WHERE k.accounted <> b.explored
UNION ALL
SELECT f.batch_id FROM fates f WHERE f.batch_id NOT IN (SELECT batch_id FROM booked)
ORDER BY batch_id;

-- name: begin_outcomes
-- Batches of which explore had nothing, so that no range has booked them. $1 promotion_id   $2 batch_ids
INSERT INTO pipeline.batch_outcomes (batch_id, promotion_id, charted, superseded, quarantined, deleted, versions)
SELECT b.batch_id, $1, 0, 0, 0, 0, 0 FROM unnest($2::bigint[]) AS b (batch_id)
ON CONFLICT (batch_id) DO NOTHING;

-- name: add_adjustments
-- What became good is no longer in quarantine; what landed was rejected before, and is there if it broke a
-- rule. $1 promotion_id   $2 batch_ids   $3 landed   $4 charted   $5 superseded   $6 deleted   $7 versions
INSERT INTO pipeline.batch_adjustments (promotion_id, batch_id, explored, rejected, charted, superseded,
                                        quarantined, deleted, versions)
SELECT $1, f.batch_id, f.landed, -f.landed, f.charted, f.superseded,
       f.landed - f.charted - f.superseded - f.deleted, f.deleted, f.versions
FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[])
    AS f (batch_id, landed, charted, superseded, deleted, versions)
WHERE f.landed + f.charted + f.superseded + f.deleted + f.versions > 0;

-- name: add_restatements
-- What is booked otherwise from now on. $1 promotion_id   $2 batch_ids   $3 charted   $4 superseded
-- $5 quarantined   $6 deleted   $7 versions
INSERT INTO pipeline.batch_adjustments (promotion_id, batch_id, explored, rejected, charted, superseded,
                                        quarantined, deleted, versions)
SELECT $1, l.batch_id, 0, 0, f.charted - l.charted, f.superseded - l.superseded, f.quarantined - l.quarantined,
       f.deleted - l.deleted, f.versions - l.versions
FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[])
    AS f (batch_id, charted, superseded, quarantined, deleted, versions)
JOIN pipeline.batch_ledger l ON l.batch_id = f.batch_id
WHERE (f.charted, f.superseded, f.quarantined, f.deleted, f.versions)
      <> (l.charted, l.superseded, l.quarantined, l.deleted, l.versions);

-- name: unbalanced_of
-- Batches whose books do not add up, or count other records than are in quarantine. $1 batch_ids
SELECT l.batch_id FROM pipeline.batch_ledger l
WHERE l.batch_id = ANY ($1::bigint[])
  AND (NOT l.is_balanced
       OR l.quarantined <> (SELECT count(*) FROM quarantine.chart_records c
                            WHERE c.batch_id = l.batch_id AND c.status <> 'replayed')
       OR l.rejected <> (SELECT count(*) FROM quarantine.explore_records x
                         WHERE x.batch_id = l.batch_id AND x.status NOT IN ('mended', 'replayed')))
ORDER BY l.batch_id;

-- name: keep_up
-- $1 stream_id   $2 batch_id   $3 recorded_at
INSERT INTO pipeline.watermarks (stream_id, batch_id, recorded_at) VALUES ($1, $2, $3)
ON CONFLICT (stream_id) DO UPDATE
SET batch_id = greatest(watermarks.batch_id, excluded.batch_id), recorded_at = excluded.recorded_at;

-- name: move_watermark
-- Rows recorded after `judged_since` have met the rules. $1 stream_id   $2 batch_id   $3 recorded_at
-- $4 the rules, or null where no row has met any
INSERT INTO pipeline.watermarks AS w (stream_id, batch_id, recorded_at, judged_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream_id) DO UPDATE
SET batch_id = excluded.batch_id, recorded_at = excluded.recorded_at,
    judged_by = coalesce(excluded.judged_by, w.judged_by),
    judged_since = CASE WHEN coalesce(excluded.judged_by = w.judged_by, excluded.judged_by IS NULL) THEN w.judged_since
                        ELSE w.recorded_at END;

-- name: watermark
-- $1 stream_id
SELECT coalesce((SELECT batch_id FROM pipeline.watermarks WHERE stream_id = $1), 0);

-- name: clock
SELECT clock_timestamp();

-- name: next_recorded_at
-- $1 stream_id
SELECT greatest(clock_timestamp(), (SELECT recorded_at + interval '1 microsecond'
                                    FROM pipeline.watermarks WHERE stream_id = $1));

-- name: books
-- $1 job_id
SELECT stream_id, namespace, name, table_name, read, rejected, unchanged, explored, charted, superseded,
       quarantined, deleted, held, versions, size_bytes, is_balanced, out_of_range
FROM pipeline.ledger WHERE job_id = $1 ORDER BY position;

-- name: unbalanced_batches
-- $1 job_id
SELECT batch_id FROM pipeline.batch_ledger WHERE job_id = $1 AND NOT is_balanced ORDER BY batch_id;

-- name: supersede_older
-- $1 stream_id   $2 attempt_id   $3 the last of the batches   $4 reason
WITH older AS (
    SELECT b.batch_id, b.explored FROM pipeline.batches b
    LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
    WHERE b.stream_id = $1 AND b.batch_id <= $3 AND b.voided_at IS NULL AND o.batch_id IS NULL
), promotion AS (
    INSERT INTO pipeline.promotions (stream_id, attempt_id, after_batch, last_batch, outcome, reason)
    SELECT $1, $2, min(batch_id) - 1, max(batch_id), 'published', $4
    FROM older HAVING count(*) > 0
    RETURNING promotion_id
)
INSERT INTO pipeline.batch_outcomes (batch_id, promotion_id, charted, superseded, quarantined, deleted, versions)
SELECT o.batch_id, p.promotion_id, 0, o.explored, 0, 0, 0 FROM older o, promotion p;

-- name: last_batch
-- $1 stream_id
SELECT coalesce(max(batch_id), 0) FROM pipeline.batches WHERE stream_id = $1;

-- name: last_of_older
-- $1 stream_id   $2 generation_id
SELECT coalesce(max(batch_id), 0) FROM pipeline.batches WHERE stream_id = $1 AND generation_id < $2;

-- name: unpublished
-- $1 stream_id   $2 after   $3 last
SELECT coalesce(sum(explored), 0)::bigint FROM pipeline.batches
WHERE stream_id = $1 AND batch_id > $2 AND batch_id <= $3 AND voided_at IS NULL;

-- name: landed
-- $1 stream_id   $2 generation_id
SELECT coalesce(sum(explored + unchanged), 0)::bigint FROM pipeline.batches
WHERE stream_id = $1 AND generation_id = $2 AND voided_at IS NULL;

-- name: rejected
-- $1 stream_id   $2 generation_id, or null: the newest
SELECT coalesce(sum(b.rejected), 0)::bigint FROM pipeline.batches b
WHERE b.stream_id = $1 AND b.voided_at IS NULL
  AND b.generation_id = coalesce($2, (SELECT s.generation_id FROM pipeline.streams s WHERE s.stream_id = $1));

-- name: of_promotion
-- The books of the batches that one promotion published. $1 promotion_id
SELECT s.stream_id, s.namespace, s.name, s.table_name,
       sum(l.read)::bigint AS read, sum(l.rejected)::bigint AS rejected, sum(l.unchanged)::bigint AS unchanged,
       sum(l.explored)::bigint AS explored, sum(l.charted)::bigint AS charted,
       sum(l.superseded)::bigint AS superseded, sum(l.quarantined)::bigint AS quarantined,
       sum(l.deleted)::bigint AS deleted, sum(l.held)::bigint AS held, sum(l.versions)::bigint AS versions,
       sum(l.size_bytes)::bigint AS size_bytes, bool_and(l.is_balanced) AS is_balanced,
       sum(l.out_of_range)::bigint AS out_of_range
FROM pipeline.promotions p
JOIN pipeline.streams s USING (stream_id)
JOIN pipeline.batch_outcomes o USING (promotion_id)
JOIN pipeline.batch_ledger l ON l.batch_id = o.batch_id
WHERE p.promotion_id = $1
GROUP BY s.stream_id;
