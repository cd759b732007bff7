-- name: ranges
-- The ranges that made what chart has, in the order in which they were published: of those since the stream
-- was last read from its beginning. $1 stream_id
SELECT p.after_batch, p.last_batch, p.recorded_at
FROM pipeline.promotions p
WHERE p.stream_id = $1 AND p.outcome = 'published' AND EXISTS (
    SELECT FROM pipeline.batch_outcomes o JOIN pipeline.batches b USING (batch_id)
    WHERE o.promotion_id = p.promotion_id AND b.voided_at IS NULL
      AND b.generation_id >= (SELECT coalesce(max(g.generation_id), 0) FROM pipeline.generations g
                              JOIN pipeline.jobs j USING (job_id)
                              WHERE g.stream_id = $1 AND j.job_type IN ('clear', 'reset', 'refresh')))
ORDER BY p.promotion_id;

-- name: lost
-- Records that the books say explore has and that are not there. $1 stream_id
SELECT coalesce((SELECT sum(b.explored) FROM pipeline.batch_ledger b WHERE b.stream_id = $1), 0)::bigint
       - (SELECT count(*) FROM {explore});

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
