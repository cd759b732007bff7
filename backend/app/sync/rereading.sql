-- name: standing
-- The generation that chart shows, if a full refresh that reads just its records again would change nothing: all of
-- it is good and in explore as it was sent, by what makes rows today, and nothing has happened since.
-- $1 stream_id   $2 made_by
SELECT g.generation_id
FROM pipeline.watermarks w
JOIN pipeline.batches s USING (batch_id)
JOIN pipeline.generations g ON g.stream_id = s.stream_id AND g.generation_id = s.generation_id
WHERE w.stream_id = $1 AND g.made_by = $2
  AND NOT EXISTS (
      SELECT FROM pipeline.batches b LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
      WHERE b.stream_id = $1 AND b.generation_id >= g.generation_id AND b.voided_at IS NULL
        AND (b.explored > 0 AND (o.batch_id IS NULL OR o.quarantined > 0)
             OR b.generation_id = g.generation_id AND (b.rejected > 0 OR b.unchanged > 0 OR b.removed_at IS NOT NULL)))
  AND NOT EXISTS (
      SELECT FROM quarantine.explore_records q JOIN pipeline.batches b USING (batch_id)
      WHERE b.stream_id = $1 AND b.generation_id = g.generation_id)
  AND NOT EXISTS (
      SELECT FROM pipeline.generations n JOIN pipeline.jobs j USING (job_id)
      WHERE n.stream_id = $1 AND n.generation_id > g.generation_id AND j.job_type <> 'sync');

-- name: shows
-- True if chart has anything: a full refresh that returned nothing leaves no batch.
SELECT EXISTS (SELECT FROM {chart});

-- name: batches
-- What a generation has in explore, in order. $1 stream_id   $2 generation_id
SELECT batch_id, explored FROM pipeline.batches
WHERE stream_id = $1 AND generation_id = $2 AND voided_at IS NULL AND explored > 0 ORDER BY batch_id;

-- name: hashes
-- What tells the records of some batches apart, in order, 16 bytes each. $1 batch_ids
SELECT coalesce(string_agg(uuid_send(content_hash), ''::bytea ORDER BY batch_id, seq), ''::bytea)
FROM {explore} WHERE batch_id = ANY ($1::bigint[]);

-- name: record
-- Give batches that were only seen the records that they are the same as. $1 batches that have them   $2 from which
-- place   $3 how many   $4 batches that get them   $5 from which place on
INSERT INTO {explore} (batch_id, seq, data, content_hash)
SELECT p.batch_id, x.seq - p.start + p.place, x.data, x.content_hash
FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::int[]) AS p (standing, start, records, batch_id, place)
JOIN {explore} x ON x.batch_id = p.standing AND x.seq >= p.start AND x.seq < p.start + p.records
WHERE x.batch_id = ANY ($1::bigint[])
ORDER BY 1, 2;

-- name: book_recorded
-- $1 batch_ids
UPDATE pipeline.batches SET explored = unchanged, unchanged = 0 WHERE batch_id = ANY ($1::bigint[]);

-- name: note_same
-- $1 stream_id   $2 generation_id   $3 the one it is the same as
UPDATE pipeline.generations SET same_as = $3, seen_again_at = clock_timestamp()
WHERE stream_id = $1 AND generation_id = $2;

-- name: note_made
-- Of the generation of a batch. $1 batch_id   $2 made_by
UPDATE pipeline.generations g SET made_by = $2
FROM pipeline.batches b
WHERE b.batch_id = $1 AND g.stream_id = b.stream_id AND g.generation_id = b.generation_id;
