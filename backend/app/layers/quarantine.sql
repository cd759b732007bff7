-- name: keep
-- Copy the records whose staged row broke a rule. $1 stream_id   $2 after   $3 last
INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash)
SELECT $1, e.batch_id, e.seq, s._atlas_violations,
       'broke ' || array_to_string(s._atlas_violations, ', '), e.data, e.content_hash
FROM {staging} s
JOIN {explore} e ON e.batch_id = s._atlas_batch_id AND e.seq = s._atlas_seq
    AND e.batch_id > $2 AND e.batch_id <= $3
WHERE s._atlas_violations IS NOT NULL;
