-- name: streams
-- The streams of a connection that have tables, read or not. $1 connection_id
SELECT stream_id, namespace, name, table_name, sync_mode FROM pipeline.streams
WHERE connection_id = $1 AND dropped_at IS NULL ORDER BY position;

-- name: of_stream
-- How far a policy reaches into what explore has of a stream, and what stands before that. Batches from the
-- first that something needs stay, whatever the policy says: a replay reads those that came after its record.
-- $1 stream_id   $2 true if a generation replaces the one before   $3 max_age_days   $4 max_generations   $5 max_rows
WITH batch AS MATERIALIZED (
    SELECT b.batch_id, b.generation_id, b.landed_at, b.size_bytes, o.batch_id IS NOT NULL AS is_settled,
           b.explored + coalesce((SELECT sum(d.explored) FROM pipeline.batch_adjustments d
                                  WHERE d.batch_id = b.batch_id), 0)::bigint AS records
    FROM pipeline.batches b LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
    WHERE b.stream_id = $1 AND b.voided_at IS NULL AND b.removed_at IS NULL
), watermark AS (
    SELECT coalesce((SELECT w.batch_id FROM pipeline.watermarks w WHERE w.stream_id = $1), 0) AS batch_id
), shown AS (
    SELECT coalesce(
        (SELECT r.generation_id FROM pipeline.generations_brought_back r
         WHERE r.stream_id = $1 AND r.brought_back_at > ALL (
             SELECT p.recorded_at FROM pipeline.promotions p WHERE p.stream_id = $1 AND p.outcome = 'published')
         ORDER BY r.brought_back_at DESC LIMIT 1),
        (SELECT b.generation_id FROM watermark w JOIN pipeline.batches b USING (batch_id))) AS generation_id
), begun AS (
    SELECT coalesce(max(g.generation_id), 0) AS generation_id FROM pipeline.beginnings g WHERE g.stream_id = $1
), needed AS (
    SELECT 'not published yet' AS because, min(b.batch_id) AS first_kept FROM batch b
    WHERE NOT b.is_settled AND b.records > 0
    UNION ALL
    SELECT 'not published yet', w.batch_id + 1 FROM watermark w
    UNION ALL
    SELECT 'in quarantine, and nothing is decided of it', min(b.batch_id)
    FROM quarantine.records q JOIN batch b USING (batch_id)
    WHERE q.stream_id = $1 AND q.status IN ('kept', 'fixed')
      AND b.generation_id >= (SELECT generation_id FROM begun)
      AND (NOT $2 OR b.generation_id = (SELECT generation_id FROM shown))
    UNION ALL
    SELECT 'of the generation that chart shows', min(b.batch_id) FROM batch b
    WHERE $2 AND b.generation_id >= (SELECT generation_id FROM shown)
    UNION ALL
    SELECT 'wanted by the next job, for a change of schema', min(b.batch_id) FROM batch b
    WHERE EXISTS (SELECT FROM pipeline.streams s JOIN pipeline.connections c USING (connection_id)
                  WHERE s.stream_id = $1 AND s.selected AND c.status <> 'deprecated')
      AND (EXISTS (SELECT FROM pipeline.column_backfills f WHERE f.stream_id = $1 AND f.done_at IS NULL)
           OR EXISTS (SELECT FROM pipeline.schema_changes n WHERE n.stream_id = $1 AND n.status = 'accepted'))
), safe AS (
    SELECT because, first_kept FROM needed WHERE first_kept IS NOT NULL ORDER BY first_kept, because LIMIT 1
), bound AS (
    SELECT coalesce((SELECT min(b.batch_id) FROM batch b
                     WHERE b.landed_at >= clock_timestamp() - make_interval(days => $3::int)), 9223372036854775807) AS first_kept
    WHERE $3::int IS NOT NULL
    UNION ALL
    SELECT coalesce((SELECT min(b.batch_id) FROM batch b WHERE b.generation_id >= (
                         SELECT min(g.generation_id)
                         FROM (SELECT DISTINCT generation_id FROM batch WHERE is_settled AND records > 0
                               ORDER BY generation_id DESC LIMIT $4::int) g)), 0)
    WHERE $4::int IS NOT NULL
    UNION ALL
    SELECT coalesce((SELECT max(r.batch_id)
                     FROM (SELECT batch_id, sum(records) OVER (ORDER BY batch_id DESC) AS kept FROM batch) r
                     WHERE r.kept >= $5::bigint AND r.kept > 0), 0)
    WHERE $5::bigint > 0
    UNION ALL
    SELECT 9223372036854775807 WHERE $5::bigint = 0
), wanted AS (
    SELECT coalesce(max(first_kept), 0) AS first_kept FROM bound
), reach AS (
    SELECT least(s.first_kept, w.first_kept) AS first_kept, w.first_kept AS wanted, s.because FROM safe s, wanted w
)
SELECT coalesce(max(b.batch_id) FILTER (WHERE b.batch_id < r.first_kept), 0) AS last_batch,
       count(*) FILTER (WHERE b.batch_id < r.first_kept)::int AS batches,
       coalesce(sum(b.records) FILTER (WHERE b.batch_id < r.first_kept), 0)::bigint AS records,
       coalesce(sum(b.size_bytes) FILTER (WHERE b.batch_id < r.first_kept), 0)::bigint AS size_bytes,
       min(b.landed_at) FILTER (WHERE b.batch_id < r.first_kept) AS landed_from,
       max(b.landed_at) FILTER (WHERE b.batch_id < r.first_kept) AS landed_to,
       coalesce(sum(b.records) FILTER (WHERE b.batch_id >= r.first_kept), 0)::bigint AS stay,
       coalesce(sum(b.records) FILTER (WHERE b.batch_id >= r.first_kept AND b.batch_id < r.wanted), 0)::bigint AS held_back,
       CASE WHEN r.first_kept < r.wanted THEN r.because END AS because
FROM reach r LEFT JOIN batch b ON true
GROUP BY r.first_kept, r.wanted, r.because;
