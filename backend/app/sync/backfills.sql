-- name: add_chunks
-- $1 job_id   $2 bounds, one more than there are chunks
INSERT INTO pipeline.backfill_chunks (job_id, number, since, until)
SELECT $1, b.number, b.bound, b.next
FROM (SELECT number, bound, lead(bound) OVER (ORDER BY number) AS next
      FROM unnest($2::text[]) WITH ORDINALITY AS u (bound, number)) b
WHERE b.next IS NOT NULL;

-- name: chunks
-- $1 job_id
SELECT number, since, until, reached, explored, out_of_range, started_at, ended_at
FROM pipeline.backfill_chunks WHERE job_id = $1 ORDER BY number;

-- name: open
-- The chunk has been begun, now or by an earlier attempt; the state to go on from. $1 job_id   $2 number
UPDATE pipeline.backfill_chunks SET started_at = coalesce(started_at, now())
WHERE job_id = $1 AND number = $2
RETURNING state::text AS state;

-- name: note
-- How far a chunk is, in the transaction of the records before its state.
-- $1 job_id   $2 number   $3 state   $4 reached   $5 explored   $6 out_of_range   $7 true at its end
UPDATE pipeline.backfill_chunks
SET state = coalesce($3::json, state), reached = coalesce($4, reached), explored = explored + $5,
    out_of_range = out_of_range + $6, ended_at = CASE WHEN $7 THEN coalesce(ended_at, now()) END
WHERE job_id = $1 AND number = $2;

-- name: close
-- $1 job_id   $2 number
UPDATE pipeline.backfill_chunks SET ended_at = coalesce(ended_at, now()) WHERE job_id = $1 AND number = $2;
