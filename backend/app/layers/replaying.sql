-- name: begin
-- The records that shall come back, by what kept them; who calls fills it. Keys, because nobody has analyzed
-- a table that was just made: without them a plan may go through all of one for each row of the other.
DROP TABLE IF EXISTS pg_temp.wanted, pg_temp.picked, pg_temp.known;
CREATE TEMP TABLE wanted (
    boundary      text   NOT NULL,
    quarantine_id bigint NOT NULL,
    PRIMARY KEY (quarantine_id, boundary)
) ON COMMIT DROP;
CREATE TEMP TABLE picked (
    boundary      text    NOT NULL,
    quarantine_id bigint  NOT NULL,
    batch_id      bigint  NOT NULL,
    seq           integer NOT NULL,
    data          jsonb   NOT NULL,
    content_hash  uuid    NOT NULL,
    PRIMARY KEY (batch_id, seq)
) ON COMMIT DROP;
CREATE TEMP TABLE known (
    batch_id     bigint  NOT NULL,
    seq          integer NOT NULL,
    data         jsonb   NOT NULL,
    content_hash uuid    NOT NULL
) ON COMMIT DROP;

-- name: want_of_job
-- $1 job_id
INSERT INTO wanted (boundary, quarantine_id)
SELECT boundary, quarantine_id FROM quarantine.replay_records WHERE job_id = $1;

-- name: pick
-- Of the wanted records of a stream those that can come back, each as it counts now: its batch must be
-- published, or hold nothing that still waits to be, and have come since the stream was last read from its
-- beginning; where a full refresh overwrites, of the generation that chart shows, all of which is published: of none
-- after one that returned nothing.
-- $1 stream_id   $2 true if a generation replaces the one before
WITH shown AS (
    SELECT w.batch_id, b.generation_id
    FROM pipeline.watermarks w JOIN pipeline.batches b USING (batch_id)
    WHERE w.stream_id = $1 AND NOT EXISTS (
        SELECT FROM pipeline.promotions p
        WHERE p.stream_id = $1 AND p.outcome = 'published' AND p.after_batch = p.last_batch AND p.recorded_at > w.recorded_at)
), batch AS (
    SELECT b.batch_id FROM pipeline.batches b
    LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
    WHERE b.stream_id = $1 AND b.voided_at IS NULL AND b.removed_at IS NULL
      AND (NOT $2 OR b.generation_id = (SELECT generation_id FROM shown))
      AND b.generation_id >= (SELECT coalesce(max(g.generation_id), 0) FROM pipeline.beginnings g WHERE g.stream_id = $1)
      AND (o.batch_id IS NOT NULL
           OR b.explored = 0
              AND ($2 OR b.batch_id <= (SELECT max(through_batch_id) FROM pipeline.checkpoints WHERE stream_id = $1)
                         AND NOT EXISTS (
                             SELECT FROM pipeline.batches e LEFT JOIN pipeline.batch_outcomes p USING (batch_id)
                             WHERE e.stream_id = $1 AND e.batch_id < b.batch_id AND e.explored > 0
                               AND e.voided_at IS NULL AND p.batch_id IS NULL)))
)
INSERT INTO picked (boundary, quarantine_id, batch_id, seq, data, content_hash)
SELECT w.boundary, c.quarantine_id, c.batch_id, c.seq, coalesce(f.data, c.data), coalesce(f.content_hash, c.content_hash)
FROM wanted w
JOIN quarantine.chart_records c USING (quarantine_id)
JOIN batch USING (batch_id)
LEFT JOIN quarantine.fixes f ON f.batch_id = c.batch_id AND f.seq = c.seq
WHERE w.boundary = 'chart' AND c.stream_id = $1 AND c.status IN ('kept', 'fixed')
UNION ALL
SELECT w.boundary, x.quarantine_id, x.batch_id, x.seq, f.data, f.content_hash
FROM wanted w
JOIN quarantine.explore_records x USING (quarantine_id)
JOIN batch USING (batch_id)
JOIN quarantine.fixes f ON f.batch_id = x.batch_id AND f.seq = x.seq
WHERE w.boundary = 'explore' AND x.stream_id = $1 AND x.status = 'fixed';

-- name: sample
-- Some of the picked records. $1 how many
SELECT data::text AS data FROM picked ORDER BY hashint8(quarantine_id) LIMIT $1;

-- name: contested_by_time
-- The keys of which a picked record meets a version at its own instant, and where the first of these records
-- stands: what came after it says which of the two is the last word.
DROP TABLE IF EXISTS pg_temp.contested;
CREATE TEMP TABLE contested ON COMMIT DROP AS
SELECT s._atlas_key_hash AS key_hash, min(s._atlas_batch_id) AS batch_id
FROM {staging} s
WHERE s._atlas_violations IS NULL
  AND (EXISTS (SELECT FROM {newest} k WHERE k.key_hash = s._atlas_key_hash AND k.valid_from = s._atlas_valid_from)
       OR EXISTS (SELECT FROM {history} h
                  WHERE h.key_hash = s._atlas_key_hash AND h.valid_from = s._atlas_valid_from))
GROUP BY 1;

-- name: contested_by_check
-- The keys of which a picked record is newer than what stands, and where the first of these records stands:
-- a row that was sent again unchanged was not written again, so what stands may be newer than it looks.
DROP TABLE IF EXISTS pg_temp.contested;
CREATE TEMP TABLE contested ON COMMIT DROP AS
SELECT s._atlas_key_hash AS key_hash, min(s._atlas_batch_id) AS batch_id
FROM {staging} s JOIN {newest} k ON k.key_hash = s._atlas_key_hash
WHERE s._atlas_violations IS NULL
  AND ({s_cursor}s._atlas_batch_id, s._atlas_seq) > ({k_cursor}k._atlas_batch_id, k._atlas_seq)
GROUP BY 1;

-- name: first_contested
-- $1 stream_id
SELECT (SELECT min(batch_id) FROM contested) AS first,
       (SELECT batch_id FROM pipeline.watermarks WHERE stream_id = $1) AS last;

-- name: contested_keys
SELECT key_hash FROM contested

-- name: forget_others
-- Of the records that came after, those do not count that are picked themselves, or were never published.
DELETE FROM known k USING picked p WHERE p.batch_id = k.batch_id AND p.seq = k.seq;
DELETE FROM known k USING quarantine.chart_records c
WHERE c.batch_id = k.batch_id AND c.seq = k.seq AND c.status <> 'replayed';
DELETE FROM known k WHERE NOT EXISTS (SELECT FROM pipeline.batch_outcomes o WHERE o.batch_id = k.batch_id);

-- name: picked_records
(SELECT batch_id, seq, data, content_hash FROM picked)

-- name: known_records
(SELECT batch_id, seq, data, content_hash FROM known)

-- name: land
-- Records that explore could not take, at the place where they were sent.
INSERT INTO {explore} (batch_id, seq, data, content_hash)
SELECT batch_id, seq, data, content_hash FROM picked WHERE boundary = 'explore' ORDER BY batch_id, seq;

-- name: leave_known
-- Where chart has every record, those that were there before stay as they are.
UPDATE choice SET fate = 'known'
FROM {staging} s
WHERE s.ctid = choice.place
  AND NOT EXISTS (SELECT FROM picked p WHERE p.batch_id = s._atlas_batch_id AND p.seq = s._atlas_seq);

-- name: note_fates
-- What becomes of each picked record. Needs `choice`.
DROP TABLE IF EXISTS pg_temp.fated;
CREATE TEMP TABLE fated ON COMMIT DROP AS
SELECT p.boundary, p.quarantine_id, p.batch_id, p.seq, choice.fate, s._atlas_violations AS rules, s._atlas_key_hash AS key_hash
FROM picked p
JOIN {staging} s ON s._atlas_batch_id = p.batch_id AND s._atlas_seq = p.seq
JOIN choice ON choice.place = s.ctid;

-- name: fates
SELECT batch_id, count(*) FILTER (WHERE boundary = 'explore')::int AS landed,
       count(*) FILTER (WHERE fate = 'charted')::int     AS charted,
       count(*) FILTER (WHERE fate = 'superseded')::int  AS superseded,
       count(*) FILTER (WHERE fate = 'quarantined')::int AS quarantined,
       count(*) FILTER (WHERE fate = 'deleted')::int     AS deleted
FROM fated GROUP BY batch_id;

-- name: broken_rules
-- The rules that picked records still break, and how many do.
SELECT rule, count(*)::int AS records FROM fated, unnest(fated.rules) AS rule GROUP BY rule ORDER BY rule;

-- name: settle_chart
-- $1 job_id
UPDATE quarantine.chart_records c
SET status = CASE WHEN f.rules IS NULL THEN 'replayed' ELSE 'kept' END,
    rules = coalesce(f.rules, c.rules),
    reason = coalesce('broke ' || array_to_string(f.rules, ', ') || ' in the replay of job ' || $1::bigint, c.reason)
FROM fated f WHERE f.boundary = 'chart' AND f.quarantine_id = c.quarantine_id;

-- name: settle_explore
UPDATE quarantine.explore_records x SET status = 'replayed'
FROM fated f WHERE f.boundary = 'explore' AND f.quarantine_id = x.quarantine_id;

-- name: keep_landed
-- Records that explore has now and that break a rule. $1 stream_id   $2 job_id
INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash, key_hash)
SELECT $1, f.batch_id, f.seq, f.rules,
       'broke ' || array_to_string(f.rules, ', ') || ' in the replay of job ' || $2::bigint, p.data, p.content_hash, f.key_hash
FROM fated f JOIN picked p USING (boundary, quarantine_id)
WHERE f.boundary = 'explore' AND f.rules IS NOT NULL;

-- name: apply_fixes
-- Corrections that count from now on.
UPDATE quarantine.fixes x SET applied_at = clock_timestamp()
FROM fated f
WHERE f.batch_id = x.batch_id AND f.seq = x.seq AND (f.rules IS NULL OR f.boundary = 'explore');

-- name: note_decisions
-- $1 job_id   $2 stream_id
INSERT INTO quarantine.decisions (boundary, quarantine_id, stream_id, decision, decided_by, job_id)
SELECT f.boundary, f.quarantine_id, $2,
       CASE WHEN f.rules IS NULL OR f.boundary = 'explore' THEN 'replayed' ELSE 'refused' END, r.asked_by, r.job_id
FROM fated f JOIN quarantine.replays r ON r.job_id = $1;

-- name: note_in_replay
-- $1 job_id
UPDATE quarantine.replay_records r SET fate = f.fate
FROM fated f WHERE r.job_id = $1 AND f.boundary = r.boundary AND f.quarantine_id = r.quarantine_id;
