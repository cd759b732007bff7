-- name: connection
-- $1 stream_id
SELECT connection_id FROM pipeline.streams WHERE stream_id = $1;

-- name: lost
-- Records of a generation that the books say explore has and that are not there. $1 stream_id   $2 generation_id
SELECT coalesce((SELECT sum(l.explored) FROM pipeline.batch_ledger l JOIN pipeline.batches b USING (batch_id)
                 WHERE b.stream_id = $1 AND b.generation_id = $2), 0)::bigint
       - (SELECT count(*) FROM {explore} x JOIN pipeline.batches b USING (batch_id)
          WHERE b.stream_id = $1 AND b.generation_id = $2 AND b.voided_at IS NULL);
