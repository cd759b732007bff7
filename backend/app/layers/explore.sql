-- name: append
-- Receive a batch's rows in binary form.
COPY {explore} (batch_id, seq, data, content_hash) FROM STDIN (FORMAT binary)

-- name: reserve_batches
-- Ids for batches to come. $1 how many
SELECT nextval('pipeline.batch_ids') FROM generate_series(1, $1::int);

-- name: close_batch
-- Book a batch whose rows were just copied, for the promotion that will follow.
-- $1 batch_id   $2 attempt_id   $3 stream_id   $4 generation_id   $5 read   $6 explored
-- $7 rejected   $8 unchanged   $9 out_of_range   $10 size_bytes   $11 extracted_at
INSERT INTO pipeline.batches (batch_id, attempt_id, stream_id, generation_id, read, explored, rejected, unchanged,
                              out_of_range, size_bytes, extracted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: keep_refused
-- Keep records that explore could not take, or took only mended. Of one that is not kept whole nobody can say
-- that another is just like it.
-- $1 stream_id   $2 batch_id   $3 seqs   $4 statuses   $5 rules   $6 reasons   $7 heads   $8 sizes
INSERT INTO quarantine.explore_records (stream_id, batch_id, seq, status, rule, reason, head, size_bytes, content_hash)
SELECT $1, $2, r.seq, r.status, r.rule, r.reason, r.head, r.size_bytes,
       CASE WHEN octet_length(r.head) < r.size_bytes THEN gen_random_uuid()
            ELSE encode(substr(sha256(r.head), 1, 16), 'hex')::uuid END
FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bigint[])
    AS r (seq, status, rule, reason, head, size_bytes);

-- name: void_batches
-- Void the batches that no state or end of stream covers. $1 stream_id
UPDATE pipeline.batches b
SET voided_at = clock_timestamp()
WHERE b.stream_id = $1 AND b.voided_at IS NULL
  AND b.batch_id > coalesce((SELECT max(c.through_batch_id) FROM pipeline.checkpoints c WHERE c.stream_id = $1), 0)
RETURNING b.batch_id, b.explored;

-- name: delete_voided
-- Take the rows of voided batches out of explore. $1 batch_ids
DELETE FROM {explore} WHERE batch_id BETWEEN (SELECT min(v) FROM unnest($1::bigint[]) v)
    AND (SELECT max(v) FROM unnest($1::bigint[]) v) AND batch_id = ANY ($1::bigint[]);

-- name: forget_refused
-- Voided batches' refused records will be read again. $1 batch_ids
DELETE FROM quarantine.explore_records WHERE batch_id = ANY ($1::bigint[]);

-- name: summarise
-- The newest parts of a table alone: nothing lands in the others. $1 the table, as schema.name
SELECT brin_summarize_new_values(newest.indexrelid)
FROM (SELECT i.indexrelid
      FROM pg_inherits h
      JOIN pg_class c ON c.oid = h.inhrelid
      JOIN pg_index i ON i.indrelid = c.oid
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_am a ON a.oid = x.relam AND a.amname = 'brin'
      WHERE h.inhparent = $1::text::regclass
      ORDER BY length(c.relname) DESC, c.relname DESC LIMIT 2) newest;

-- name: read_by_range
SET LOCAL enable_seqscan = off;
