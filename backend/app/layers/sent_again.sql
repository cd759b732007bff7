-- name: begin
-- What tells the records of a range apart.
DROP TABLE IF EXISTS pg_temp.looked;
CREATE TEMP TABLE looked (
    batch_id bigint  NOT NULL,
    seq      integer NOT NULL,
    key_hash uuid,
    row_hash uuid    NOT NULL
) ON COMMIT DROP;

-- name: forget
TRUNCATE looked;

-- name: read_as_planned
-- What is asked next is of chart, whose size the planner knows.
SET LOCAL enable_seqscan = on;

-- name: count_standing
-- Of what was looked at, how many chart has. $1 stream_id   $2 the rules that count
SELECT count(*)
FROM looked l
JOIN {chart} c ON c._atlas_key_hash = l.key_hash AND c._atlas_row_hash = l.row_hash
JOIN pipeline.watermarks w ON w.stream_id = $1 AND w.judged_by = $2
WHERE c._atlas_recorded_at > w.judged_since;

-- name: create
-- Unlogged: it is made again with the range that it belongs to.
CREATE UNLOGGED TABLE {sent_again} (
    batch_id bigint  NOT NULL,
    seq      integer NOT NULL,
    row_hash uuid    NOT NULL,
    place    tid     NOT NULL
) WITH (autovacuum_enabled = false);

-- name: fill
-- Those that chart has, and at which place, where no other record of the range has their key. $1 stream_id
-- $2 the rules that count
INSERT INTO {sent_again} (batch_id, seq, row_hash, place)
SELECT l.batch_id, l.seq, l.row_hash, c.ctid
FROM looked l
JOIN {chart} c ON c._atlas_key_hash = l.key_hash AND c._atlas_row_hash = l.row_hash
JOIN pipeline.watermarks w ON w.stream_id = $1 AND w.judged_by = $2
WHERE c._atlas_recorded_at > w.judged_since
  AND l.key_hash NOT IN (SELECT o.key_hash FROM looked o WHERE o.key_hash IS NOT NULL
                         GROUP BY o.key_hash HAVING count(*) > 1);

-- name: by_batch
SELECT batch_id, count(*)::int AS records FROM {sent_again} GROUP BY batch_id;

-- name: has_moved
-- Whether a row that a record was told by is no longer at its place; one that was written anew has another.
SELECT EXISTS (
    SELECT FROM {sent_again} s
    WHERE (SELECT c._atlas_row_hash FROM {chart} c WHERE c.ctid = s.place) IS DISTINCT FROM s.row_hash);
