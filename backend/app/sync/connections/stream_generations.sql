-- name: open_generation
-- $1 stream_id   $2 job_id
WITH next AS (
    UPDATE pipeline.streams SET generation_id = generation_id + 1 WHERE stream_id = $1
    RETURNING stream_id, generation_id
)
INSERT INTO pipeline.generations (stream_id, generation_id, job_id) SELECT stream_id, generation_id, $2 FROM next
RETURNING generation_id;

-- name: opened_by
-- The newest generation that a job has opened of a stream. $1 stream_id   $2 job_id
SELECT generation_id, opened_at FROM pipeline.generations WHERE stream_id = $1 AND job_id = $2
ORDER BY generation_id DESC LIMIT 1;

-- name: any_opened_by
-- $1 stream_ids   $2 job_id
SELECT EXISTS (SELECT FROM pipeline.generations WHERE stream_id = ANY ($1::bigint[]) AND job_id = $2);

-- name: note_clear
-- $1 stream_id   $2 cleared_at   $3 recorded_at   $4 job_id
INSERT INTO pipeline.clears (stream_id, cleared_at, recorded_at, job_id) VALUES ($1, $2, $3, $4);

-- name: forget_clears
-- $1 stream_id
DELETE FROM pipeline.clears WHERE stream_id = $1;
