-- name: add
-- In the order in which they were said; lines of an attempt that is not there are left out.
-- $1 run_ids   $2 instants   $3 levels   $4 speakers   $5 messages   $6 facts
INSERT INTO pipeline.log_lines (attempt_id, at, level, speaker, message, facts)
SELECT a.attempt_id, l.at, l.level, l.speaker, l.message, l.facts::jsonb
FROM unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS l (run_id, at, level, speaker, message, facts, place)
JOIN pipeline.attempts a USING (run_id)
ORDER BY l.place;

-- name: count
-- $1 run_ids   $2 lines   $3 bytes   $4 dropped lines
INSERT INTO pipeline.log_totals AS t (attempt_id, lines, size_bytes, dropped)
SELECT a.attempt_id, n.lines, n.size_bytes, n.dropped
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (run_id, lines, size_bytes, dropped)
JOIN pipeline.attempts a USING (run_id)
ON CONFLICT (attempt_id) DO UPDATE
SET lines = t.lines + excluded.lines, size_bytes = t.size_bytes + excluded.size_bytes,
    dropped = t.dropped + excluded.dropped;

-- name: list
-- $1 job_id   $2 number of the attempt   $3 least level   $4 pattern of the message   $5 limit   $6 offset
SELECT l.line_id, a.number, l.at, l.level, l.speaker, l.message, l.facts::text AS facts
FROM pipeline.attempts a JOIN pipeline.log_lines l USING (attempt_id)
WHERE a.job_id = $1 AND ($2::integer IS NULL OR a.number = $2) AND ($3::integer IS NULL OR l.level >= $3)
  AND ($4::text IS NULL OR l.message ILIKE $4 OR l.facts::text ILIKE $4)
ORDER BY l.line_id LIMIT $5 OFFSET $6;

-- name: totals
-- $1 job_id
SELECT a.number, t.lines, t.size_bytes, t.dropped, t.forgotten_at
FROM pipeline.attempts a JOIN pipeline.log_totals t USING (attempt_id)
WHERE a.job_id = $1 ORDER BY a.number;
