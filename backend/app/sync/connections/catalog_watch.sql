-- name: is_due
-- True if the connection's source was asked last before this job began, and longer ago than that. One that
-- was never asked was connected by what it offered then. $1 connection_id   $2 job_id   $3 hours
SELECT coalesce(l.looked_at, c.created_at) < least(j.started_at, now() - make_interval(secs => $3::float8 * 3600))
FROM pipeline.jobs j
JOIN pipeline.connections c USING (connection_id)
LEFT JOIN pipeline.catalog_looks l USING (connection_id)
WHERE c.connection_id = $1 AND j.job_id = $2;

-- name: offered_before
-- $1 connection_id
SELECT offered::text FROM pipeline.catalog_looks WHERE connection_id = $1;

-- name: note_look
-- $1 connection_id   $2 the names of the streams, or null
INSERT INTO pipeline.catalog_looks (connection_id, offered) VALUES ($1, $2::jsonb)
ON CONFLICT (connection_id) DO UPDATE SET looked_at = now(), offered = excluded.offered;

-- name: seen
-- $1 connection_id
SELECT s.stream_id, e.digest FROM pipeline.seen_schemas e JOIN pipeline.streams s USING (stream_id)
WHERE s.connection_id = $1;

-- name: note_seen
-- $1 stream_ids   $2 digests   $3 differences
INSERT INTO pipeline.seen_schemas (stream_id, digest, difference)
SELECT n.stream_id, n.digest, n.difference::jsonb
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS n (stream_id, digest, difference)
ON CONFLICT (stream_id) DO UPDATE
SET digest = excluded.digest, difference = excluded.difference, seen_at = now();

-- name: disable
-- $1 connection_id   $2 the job that has seen the change
UPDATE pipeline.connections SET status = 'inactive', disabled_at = now(), disabled_by_job = $2
WHERE connection_id = $1 AND status = 'active';
