-- name: keep
-- Copy the records whose staged row broke a rule. $1 stream_id   $2 after   $3 last
INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash, key_hash)
SELECT $1, e.batch_id, e.seq, s._atlas_violations,
       'broke ' || array_to_string(s._atlas_violations, ', '), e.data, e.content_hash, s._atlas_key_hash
FROM {staging} s
JOIN {explore} e ON e.batch_id = s._atlas_batch_id AND e.seq = s._atlas_seq
    AND e.batch_id > $2 AND e.batch_id <= $3
WHERE s._atlas_violations IS NOT NULL;

-- name: of_key
-- The newest quarantined records of a key; sorted, not read in order of the ids, which would be all of them.
-- $1 stream_id   $2 key_hash   $3 limit
SELECT quarantine_id, batch_id, seq, rules, reason, status, seen_at
FROM quarantine.chart_records
WHERE stream_id = $1 AND key_hash = $2
ORDER BY quarantine_id + 0 DESC LIMIT $3;

-- name: has_unkeyed
-- True if a record of the stream was kept of which no key is known. $1 stream_id
SELECT EXISTS (SELECT FROM quarantine.chart_records WHERE stream_id = $1 AND key_hash IS NULL)
    OR EXISTS (SELECT FROM quarantine.explore_records WHERE stream_id = $1 AND status = 'kept');

-- name: mended
-- Which of some records were mended on their way into explore. $1 stream_id   $2 batch_ids   $3 seqs
SELECT m.batch_id, m.seq, m.rule, m.reason, m.seen_at
FROM unnest($2::bigint[], $3::int[]) AS place (batch_id, seq)
CROSS JOIN LATERAL (
    SELECT r.batch_id, r.seq, r.rule, r.reason, r.seen_at FROM quarantine.explore_records r
    WHERE r.stream_id = $1 AND r.batch_id = place.batch_id AND r.seq = place.seq AND r.status = 'mended' OFFSET 0
) m
ORDER BY m.batch_id, m.seq;

-- name: keep_out
-- Of a range that is staged again, what quarantine has stays there, also where it would be good by now.
UPDATE {staging} s SET _atlas_violations = q.rules
FROM quarantine.chart_records q
WHERE q.batch_id = s._atlas_batch_id AND q.seq = s._atlas_seq AND q.status <> 'replayed'
  AND s._atlas_violations IS NULL;

-- name: newly_broken
SELECT count(*) FROM {staging} s
WHERE s._atlas_violations IS NOT NULL AND NOT EXISTS (
    SELECT FROM quarantine.chart_records q
    WHERE q.batch_id = s._atlas_batch_id AND q.seq = s._atlas_seq AND q.status <> 'replayed');

-- name: begin_barred
DROP TABLE IF EXISTS {barred};
CREATE UNLOGGED TABLE {barred} (
    batch_id bigint  NOT NULL,
    seq      integer NOT NULL,
    rules    text[]  NOT NULL,
    key_hash uuid,
    PRIMARY KEY (batch_id, seq)
);

-- name: bar
INSERT INTO {barred} (batch_id, seq, rules, key_hash)
SELECT s._atlas_batch_id, s._atlas_seq, s._atlas_violations, s._atlas_key_hash
FROM {staging} s WHERE s._atlas_violations IS NOT NULL;

-- name: find_by_key
UPDATE quarantine.chart_records q SET key_hash = b.key_hash
FROM {barred} b WHERE q.batch_id = b.batch_id AND q.seq = b.seq AND q.key_hash IS DISTINCT FROM b.key_hash;

-- name: keep_barred
-- A record that was replayed once is kept anew. $1 stream_id
INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash, key_hash)
SELECT $1, e.batch_id, e.seq, b.rules, 'broke ' || array_to_string(b.rules, ', '), e.data, e.content_hash, b.key_hash
FROM {barred} b JOIN {explore} e ON e.batch_id = b.batch_id AND e.seq = b.seq
WHERE NOT EXISTS (SELECT FROM quarantine.chart_records q
                  WHERE q.batch_id = b.batch_id AND q.seq = b.seq AND q.status <> 'replayed');

-- name: end_barred
DROP TABLE IF EXISTS {barred};
