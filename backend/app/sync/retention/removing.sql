-- name: no_longer_than
-- Jobs and readers shall not queue behind a removal that waits.
SET LOCAL lock_timeout = '2s';

-- name: hold
-- No job of the connection begins until the transaction ends (create_job holds the row too). $1 connection_id
SELECT connection_id FROM pipeline.connections WHERE connection_id = $1 FOR NO KEY UPDATE;

-- name: is_read
-- True if a job may read what was published: all but a sync. $1 connection_id
SELECT EXISTS (SELECT FROM pipeline.jobs WHERE connection_id = $1 AND status IN ('pending', 'running')
               AND job_type <> 'sync');

-- name: first_left
-- The oldest batch of which explore has records still; none if it has none. $1 stream_id
SELECT min(batch_id) FROM pipeline.batches WHERE stream_id = $1 AND removed_at IS NULL AND voided_at IS NULL;

-- name: first_after
-- The oldest batch that came after one. $1 stream_id   $2 batch_id
SELECT min(batch_id) FROM pipeline.batches WHERE stream_id = $1 AND batch_id > $2 AND voided_at IS NULL;

-- name: some
-- The last of the oldest batches that make so many records, or of the first alone. $1 stream_id   $2 last   $3 records
SELECT coalesce(max(batch_id) FILTER (WHERE before + explored <= $3), min(batch_id))
FROM (SELECT batch_id, explored, sum(explored) OVER (ORDER BY batch_id) - explored AS before
      FROM pipeline.batches
      WHERE stream_id = $1 AND batch_id <= $2 AND removed_at IS NULL AND voided_at IS NULL) b;

-- name: note
-- $1 stream_id   $2 last batch   $3 asked_by   $4 policy   $5 how
WITH gone AS (
    UPDATE pipeline.batches SET removed_at = clock_timestamp()
    WHERE stream_id = $1 AND batch_id <= $2 AND removed_at IS NULL AND voided_at IS NULL
    RETURNING batch_id, explored, size_bytes, landed_at
)
INSERT INTO pipeline.retention_acts (stream_id, asked_by, policy, how, first_batch, last_batch, batches, records,
                                     size_bytes, landed_from, landed_to)
SELECT $1, $3, $4::jsonb, $5, min(batch_id), max(batch_id), count(*),
       sum(explored + coalesce((SELECT sum(d.explored) FROM pipeline.batch_adjustments d
                                WHERE d.batch_id = gone.batch_id), 0)),
       sum(size_bytes), min(landed_at), max(landed_at)
FROM gone
RETURNING act_id, records;

-- name: turn_period
-- $1 hours
SELECT pipeline.turn_explore_period(make_interval(hours => $1::int));

-- name: acts
-- $1 connection_id   $2 limit   $3 offset   $4 the newest of them, or null
SELECT a.act_id, s.namespace, s.name, a.asked_by, a.policy::text AS policy, a.how, a.batches, a.records, a.size_bytes,
       a.landed_from, a.landed_to, a.removed_at
FROM pipeline.retention_acts a JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1 AND ($4::bigint IS NULL OR a.act_id <= $4)
ORDER BY a.act_id DESC LIMIT $2 OFFSET $3;

-- name: taken_out
-- $1 stream_id
SELECT coalesce(sum(records), 0)::bigint AS records, max(removed_at) AS removed_at
FROM pipeline.retention_acts WHERE stream_id = $1;
