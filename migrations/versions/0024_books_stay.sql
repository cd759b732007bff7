-- A job's books have every stream that it read, also one that its connection reads no more or that another connection
-- has adopted since; and those that are read, of which it may have read nothing.
CREATE OR REPLACE VIEW pipeline.ledger WITH (security_invoker = true) AS
SELECT j.job_id, s.stream_id, s.namespace, s.name, s.table_name, s.position,
       coalesce(l.read, 0)::bigint AS read, coalesce(l.rejected, 0)::bigint AS rejected,
       coalesce(l.unchanged, 0)::bigint AS unchanged, coalesce(l.explored, 0)::bigint AS explored,
       coalesce(l.charted, 0)::bigint AS charted, coalesce(l.superseded, 0)::bigint AS superseded,
       coalesce(l.quarantined, 0)::bigint AS quarantined, coalesce(l.deleted, 0)::bigint AS deleted,
       coalesce(l.held, 0)::bigint AS held, coalesce(l.versions, 0)::bigint AS versions,
       coalesce(l.size_bytes, 0)::bigint AS size_bytes,
       coalesce(l.is_balanced, true) AS is_balanced,
       coalesce(l.out_of_range, 0)::bigint AS out_of_range
FROM pipeline.jobs j
CROSS JOIN LATERAL (
    SELECT stream_id, read, rejected, unchanged, explored, charted, superseded, quarantined, deleted, held, versions,
           size_bytes, is_balanced, out_of_range
    FROM (SELECT stream_id FROM pipeline.streams WHERE connection_id = j.connection_id AND selected) chosen
    FULL JOIN (
        SELECT b.stream_id, sum(b.read) AS read, sum(b.rejected) AS rejected, sum(b.unchanged) AS unchanged,
               sum(b.explored) AS explored, sum(b.charted) AS charted, sum(b.superseded) AS superseded,
               sum(b.quarantined) AS quarantined, sum(b.deleted) AS deleted, sum(b.held) AS held,
               sum(b.versions) AS versions, sum(b.size_bytes) AS size_bytes, bool_and(b.is_balanced) AS is_balanced,
               sum(b.out_of_range) AS out_of_range
        FROM pipeline.batch_ledger b WHERE b.job_id = j.job_id GROUP BY b.stream_id
    ) booked USING (stream_id)
) l
JOIN pipeline.streams s ON s.stream_id = l.stream_id;
