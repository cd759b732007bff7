-- name: ranges
-- The ranges that made what chart has, in the order in which they were published: of those since the stream
-- was last read from its beginning. A batch of which explore had nothing before a replay was in no range: it goes with
-- the one behind it, as if it had been good at first, or with the last. `schema_version` is the one that the stream was
-- read by when they were published. $1 stream_id
WITH batch AS (
    SELECT b.batch_id, p.promotion_id, p.outcome, p.recorded_at
    FROM pipeline.batches b JOIN pipeline.batch_outcomes o USING (batch_id) JOIN pipeline.promotions p USING (promotion_id)
    WHERE b.stream_id = $1 AND b.voided_at IS NULL
      AND b.generation_id >= (SELECT coalesce(max(g.generation_id), 0) FROM pipeline.beginnings g WHERE g.stream_id = $1)
), part AS (
    SELECT p.after_batch, p.last_batch, p.recorded_at FROM pipeline.promotions p
    WHERE p.promotion_id IN (SELECT promotion_id FROM batch WHERE outcome = 'published')
), replayed AS (
    SELECT b.batch_id, b.recorded_at,
           coalesce((SELECT min(p.last_batch) FROM part p WHERE p.last_batch > b.batch_id),
                    (SELECT max(p.last_batch) FROM part p)) AS goes_with
    FROM batch b WHERE b.outcome = 'replayed'
)
SELECT n.after_batch, n.last_batch, n.recorded_at,
       coalesce((SELECT max(v.version) FROM pipeline.schema_versions v
                 WHERE v.stream_id = $1 AND v.adopted_at <= n.recorded_at), 1) AS schema_version
FROM (
    SELECT least(p.after_batch, r.first_batch - 1) AS after_batch, greatest(p.last_batch, r.last_batch) AS last_batch, p.recorded_at
    FROM part p
    LEFT JOIN (SELECT goes_with, min(batch_id) AS first_batch, max(batch_id) AS last_batch FROM replayed GROUP BY goes_with) r
           ON r.goes_with = p.last_batch
    UNION ALL
    SELECT min(batch_id) - 1, max(batch_id), max(recorded_at) FROM replayed WHERE goes_with IS NULL HAVING count(*) > 0
) n
ORDER BY n.last_batch;

-- name: present
-- What chart of a stream whose generations replace each other shows, since when; null is nothing: it was cleared,
-- or a full refresh returned nothing. $1 stream_id
SELECT e.generation_id, e.at FROM (
    SELECT b.generation_id, max(p.recorded_at) AS at
    FROM pipeline.promotions p JOIN pipeline.batch_outcomes o USING (promotion_id) JOIN pipeline.batches b USING (batch_id)
    WHERE p.stream_id = $1 AND p.outcome = 'published' AND p.reason IS NULL GROUP BY b.generation_id
    UNION ALL
    SELECT r.generation_id, r.brought_back_at FROM pipeline.generations_brought_back r WHERE r.stream_id = $1
    UNION ALL
    SELECT NULL, p.recorded_at FROM pipeline.promotions p  -- nothing was published, and emptied chart
    WHERE p.stream_id = $1 AND p.outcome = 'published' AND p.reason IS NULL AND p.after_batch = p.last_batch
    UNION ALL
    SELECT NULL, coalesce(j.ended_at, g.opened_at) FROM pipeline.generations g JOIN pipeline.jobs j USING (job_id)
    WHERE g.stream_id = $1 AND j.options ->> 'generation' IS NULL AND g.same_as IS NULL
      AND (j.job_type IN ('clear', 'reset')
           OR j.status = 'succeeded'  -- before that was booked; an attempt that another one made good has opened one too
              AND NOT EXISTS (
                  SELECT FROM pipeline.generations n
                  WHERE n.stream_id = $1 AND n.job_id = g.job_id AND n.generation_id > g.generation_id)
              AND NOT EXISTS (
                  SELECT FROM pipeline.batches b
                  WHERE b.stream_id = $1 AND b.generation_id = g.generation_id AND b.voided_at IS NULL AND b.explored > 0))
) e ORDER BY e.at DESC LIMIT 1;

-- name: ranges_of_generation
-- Those of which a generation is made, in order, found as above. $1 stream_id   $2 generation_id
WITH batch AS (
    SELECT b.batch_id, p.promotion_id, p.outcome
    FROM pipeline.batches b JOIN pipeline.batch_outcomes o USING (batch_id) JOIN pipeline.promotions p USING (promotion_id)
    WHERE b.stream_id = $1 AND b.generation_id = $2 AND b.voided_at IS NULL AND p.reason IS NULL
), part AS (
    SELECT p.after_batch, p.last_batch FROM pipeline.promotions p
    WHERE p.promotion_id IN (SELECT promotion_id FROM batch WHERE outcome = 'published')
), replayed AS (
    SELECT b.batch_id, coalesce((SELECT min(p.last_batch) FROM part p WHERE p.last_batch > b.batch_id),
                                (SELECT max(p.last_batch) FROM part p)) AS goes_with
    FROM batch b WHERE b.outcome = 'replayed'
)
SELECT least(p.after_batch, r.first_batch - 1) AS after_batch, greatest(p.last_batch, r.last_batch) AS last_batch
FROM part p
LEFT JOIN (SELECT goes_with, min(batch_id) AS first_batch, max(batch_id) AS last_batch FROM replayed GROUP BY goes_with) r
       ON r.goes_with = p.last_batch
ORDER BY last_batch;

-- name: lost_of_generation
-- Records of a generation that the books say explore has and that are not there. $1 stream_id   $2 generation_id
WITH batch AS (
    SELECT b.batch_id, l.explored FROM pipeline.batches b JOIN pipeline.batch_ledger l USING (batch_id)
    WHERE b.stream_id = $1 AND b.generation_id = $2
)
SELECT coalesce((SELECT sum(explored) FROM batch), 0)::bigint
       - (SELECT count(*) FROM {explore} e
          WHERE e.batch_id BETWEEN (SELECT min(batch_id) FROM batch) AND (SELECT max(batch_id) FROM batch)
            AND e.batch_id IN (SELECT batch_id FROM batch));

-- name: lost
-- Records that the books say explore has and that are not there, of those since the stream was last read from its
-- beginning: nothing that is made again is made of older ones. $1 stream_id
WITH batch AS (
    SELECT l.batch_id, l.explored FROM pipeline.batch_ledger l JOIN pipeline.batches b USING (batch_id)
    WHERE b.stream_id = $1
      AND b.generation_id >= (SELECT coalesce(max(g.generation_id), 0) FROM pipeline.beginnings g WHERE g.stream_id = $1)
)
SELECT coalesce((SELECT sum(explored) FROM batch), 0)::bigint
       - (SELECT count(*) FROM {explore} e WHERE e.batch_id >= (SELECT min(batch_id) FROM batch));

-- name: note
-- $1 job_id   $2 stream_id   $3 to $6 chart: equal, different, missing, extra   $7 to $10 history, the same
-- $11 examples   $12 is_swapped   $13 why_not
INSERT INTO pipeline.rebuilds (job_id, stream_id, chart_equal, chart_different, chart_missing, chart_extra,
                               history_equal, history_different, history_missing, history_extra, examples, is_swapped, why_not)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (job_id, stream_id) DO UPDATE
SET chart_equal = excluded.chart_equal, chart_different = excluded.chart_different,
    chart_missing = excluded.chart_missing, chart_extra = excluded.chart_extra,
    history_equal = excluded.history_equal, history_different = excluded.history_different,
    history_missing = excluded.history_missing, history_extra = excluded.history_extra,
    examples = excluded.examples, is_swapped = excluded.is_swapped, why_not = excluded.why_not;

-- name: found
-- $1 job_id
SELECT s.name, r.chart_equal, r.chart_different, r.chart_missing, r.chart_extra, r.history_equal,
       r.history_different, r.history_missing, r.history_extra, r.examples, r.is_swapped, r.why_not
FROM pipeline.rebuilds r JOIN pipeline.streams s USING (stream_id)
WHERE r.job_id = $1 ORDER BY s.position;
