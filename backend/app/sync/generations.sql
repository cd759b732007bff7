-- name: listed
-- $1 connection_id
WITH generation AS (
    SELECT s.stream_id, s.namespace, s.name, s.position, b.generation_id, min(a.job_id) AS job_id,
           min(b.landed_at) AS landed_from, max(b.landed_at) AS landed_to, sum(b.explored)::bigint AS explored,
           sum(b.unchanged)::bigint AS unchanged,
           coalesce(bool_or(o.charted > 0), false) AS is_published, max(b.removed_at) AS removed_at,
           max(p.promotion_id) FILTER (WHERE o.charted > 0) AS promotion_id, max(p.recorded_at) FILTER (WHERE o.charted > 0) AS published_at
    FROM pipeline.streams s
    JOIN pipeline.batches b USING (stream_id)
    JOIN pipeline.attempts a USING (attempt_id)
    LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
    LEFT JOIN pipeline.promotions p USING (promotion_id)
    WHERE s.connection_id = $1 AND b.voided_at IS NULL
    GROUP BY s.stream_id, b.generation_id
), shown AS (
    SELECT DISTINCT ON (stream_id) stream_id, generation_id FROM (
        SELECT stream_id, generation_id, published_at AS shown_at FROM generation WHERE is_published
        UNION ALL
        SELECT r.stream_id, r.generation_id, r.brought_back_at FROM pipeline.generations_brought_back r
        JOIN pipeline.streams USING (stream_id) WHERE connection_id = $1
        UNION ALL
        SELECT g.stream_id, NULL, g.opened_at FROM pipeline.generations g  -- a clear shows none, also one by who had it before
        JOIN pipeline.streams s USING (stream_id) JOIN pipeline.jobs j USING (job_id)
        WHERE s.connection_id = $1 AND j.job_type IN ('clear', 'reset')
        UNION ALL
        SELECT p.stream_id, NULL, p.recorded_at FROM pipeline.promotions p  -- nothing was published, and emptied chart
        JOIN pipeline.streams s USING (stream_id)
        WHERE s.connection_id = $1 AND p.outcome = 'published' AND p.reason IS NULL AND p.after_batch = p.last_batch
        UNION ALL
        SELECT g.stream_id, NULL, coalesce(j.ended_at, g.opened_at) FROM pipeline.generations g  -- before that was booked
        JOIN pipeline.streams s USING (stream_id) JOIN pipeline.jobs j USING (job_id)
        WHERE s.connection_id = $1 AND j.status = 'succeeded' AND j.options ->> 'generation' IS NULL AND g.same_as IS NULL
          AND (j.job_type = 'refresh' OR s.sync_mode LIKE 'full\_refresh\_overwrite%')
          AND NOT EXISTS (
              SELECT FROM pipeline.generations n
              WHERE n.stream_id = g.stream_id AND n.job_id = g.job_id AND n.generation_id > g.generation_id)
          AND NOT EXISTS (
              SELECT FROM pipeline.batches b WHERE b.stream_id = g.stream_id AND b.generation_id = g.generation_id
                AND b.voided_at IS NULL AND b.explored + b.unchanged > 0)
    ) e ORDER BY stream_id, shown_at DESC
)
SELECT g.namespace, g.name, g.generation_id, g.job_id, g.landed_from, g.landed_to, g.explored, g.is_published,
       g.removed_at, g.unchanged, o.same_as, a.seen_again, a.seen_at, s.generation_id IS NOT NULL AS is_shown
FROM generation g
LEFT JOIN shown s ON s.stream_id = g.stream_id AND s.generation_id = g.generation_id
LEFT JOIN pipeline.generations o ON o.stream_id = g.stream_id AND o.generation_id = g.generation_id
LEFT JOIN (
    SELECT stream_id, same_as, count(*)::int AS seen_again, max(seen_again_at) AS seen_at
    FROM pipeline.generations WHERE same_as IS NOT NULL GROUP BY stream_id, same_as
) a ON a.stream_id = g.stream_id AND a.same_as = g.generation_id
ORDER BY g.position, g.generation_id DESC;

-- name: ranges
-- The ranges in which a generation was published; a batch of which explore had nothing before a replay goes with the one
-- behind it, or with the last. $1 stream_id   $2 generation_id
WITH batch AS (
    SELECT b.batch_id, p.promotion_id, p.outcome, o.charted
    FROM pipeline.batches b JOIN pipeline.batch_outcomes o USING (batch_id) JOIN pipeline.promotions p USING (promotion_id)
    WHERE b.stream_id = $1 AND b.generation_id = $2
), part AS (
    SELECT p.after_batch, p.last_batch FROM pipeline.promotions p
    WHERE p.promotion_id IN (SELECT promotion_id FROM batch WHERE outcome = 'published' AND charted > 0)
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

-- name: note
-- $1 stream_id   $2 generation_id   $3 job_id   $4 when its versions were recorded
INSERT INTO pipeline.generations_brought_back (stream_id, generation_id, job_id, brought_back_at) VALUES ($1, $2, $3, $4);

-- name: removed
-- When retention took records of a generation out of explore. $1 stream_id   $2 generation_id
SELECT max(removed_at) FROM pipeline.batches WHERE stream_id = $1 AND generation_id = $2;
