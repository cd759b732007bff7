-- name: facts_by_time
-- What a range adds to history under the `timestamp` strategy: of the rows at one instant of a key
-- the last; of those only what does not stand there already. Places, not rows: the wide rows are
-- read once, when they are inserted.
DROP TABLE IF EXISTS pg_temp.facts;
CREATE TEMP TABLE facts ON COMMIT DROP AS
WITH one AS (
    SELECT DISTINCT ON (s._atlas_key_hash, s._atlas_valid_from)
           s.ctid AS place, s._atlas_key_hash AS key_hash, s._atlas_valid_from AS valid_from,
           s._atlas_batch_id AS batch_id, s._atlas_seq AS seq, s._atlas_is_deleted AS is_deleted,
           CASE WHEN s._atlas_is_deleted THEN '00000000-0000-0000-0000-000000000000' ELSE s._atlas_row_hash END AS row_hash
    FROM {staging} s
    WHERE s._atlas_violations IS NULL
    ORDER BY s._atlas_key_hash, s._atlas_valid_from, s._atlas_batch_id DESC, s._atlas_seq DESC
)
SELECT one.*, coalesce(one.valid_from >= k.valid_from, true)
              AND one.valid_from = max(one.valid_from) OVER (PARTITION BY key_hash) AS is_newest
FROM one LEFT JOIN {newest} k USING (key_hash)
WHERE k.key_hash IS NULL
   OR one.valid_from > k.valid_from
   OR one.valid_from = k.valid_from AND one.row_hash <> k.row_hash
   OR one.valid_from < k.valid_from AND one.row_hash IS DISTINCT FROM (
        SELECT h.row_hash FROM {history} h
        WHERE h.key_hash = one.key_hash AND h.valid_from = one.valid_from AND h._atlas_epoch = {epoch}
        ORDER BY h.recorded_at DESC LIMIT 1);

-- name: looks
-- Of each batch a key's newest row, if it is newer than all before it; where it is no change it is no fact, but
-- for a delete marker, which says that rows up to its cursor are gone as well. Instants of a key never go back,
-- also when a clock does: each is at least a microsecond after the one before. A row that only has values of
-- columns that were not there before is told again at its own instant: that is no change.
WITH newer AS (
    SELECT s.ctid AS place, s._atlas_key_hash AS key_hash, s._atlas_valid_from AS looked_at, {s_cursor}
           s._atlas_batch_id AS batch_id, s._atlas_seq AS seq, s._atlas_is_deleted AS is_deleted,
           CASE WHEN s._atlas_is_deleted THEN '00000000-0000-0000-0000-000000000000' ELSE s._atlas_row_hash END AS row_hash,
           k.row_hash AS stands_hash, k.valid_from AS stands_from, {is_as_before} AS is_as_before
    FROM {staging} s LEFT JOIN {newest} k ON k.key_hash = s._atlas_key_hash
    WHERE s._atlas_violations IS NULL
      AND (k.key_hash IS NULL
           OR ({s_cursor}s._atlas_batch_id, s._atlas_seq) > ({k_cursor}k._atlas_batch_id, k._atlas_seq))
), ranked AS (
    SELECT newer.*, row_number() OVER (PARTITION BY key_hash ORDER BY {cursor}batch_id, seq) AS rank
    FROM newer
), one AS (
    SELECT DISTINCT ON (key_hash, batch_id) ranked.*
    FROM ranked ORDER BY key_hash, batch_id, rank DESC
), rising AS (
    SELECT one.*, max(rank) OVER (PARTITION BY key_hash ORDER BY batch_id) AS highest
    FROM one
), chain AS (
    SELECT rising.*, lag(row_hash) OVER looks AS before_hash,
           row_number() OVER looks * interval '1 microsecond' AS since
    FROM rising WHERE rank = highest
    WINDOW looks AS (PARTITION BY key_hash ORDER BY batch_id)
), dated AS (
    SELECT chain.*, CASE WHEN is_as_before AND before_hash IS NULL THEN stands_from
                         ELSE greatest(stands_from, max(looked_at - since) OVER looks) + since END AS valid_from,
           {marker}row_hash IS DISTINCT FROM coalesce(before_hash, stands_hash) AS is_fact
    FROM chain WINDOW looks AS (PARTITION BY key_hash ORDER BY batch_id)
)

-- name: facts_by_check
-- What a range adds under the `check` strategy, where `valid_from` is when we looked.
DROP TABLE IF EXISTS pg_temp.facts;
CREATE TEMP TABLE facts ON COMMIT DROP AS
{looks}
SELECT place, key_hash, {cursor}batch_id, seq, is_deleted, row_hash, valid_from,
       valid_from = max(valid_from) OVER (PARTITION BY key_hash) AS is_newest
FROM dated
WHERE is_fact;

-- name: facts_by_columns
-- The same where only some columns make a version. A version has the values of the last row that was no change
-- to it; what comes before the first fact of a range are such rows of the version that stands: `touched`.
DROP TABLE IF EXISTS pg_temp.looked, pg_temp.facts, pg_temp.touched;
CREATE TEMP TABLE looked ON COMMIT DROP AS
{looks}
SELECT dated.*, count(*) FILTER (WHERE is_fact) OVER (PARTITION BY key_hash ORDER BY batch_id) AS version FROM dated;
CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT DISTINCT ON (key_hash) place, key_hash, {cursor}batch_id, seq
FROM looked WHERE version = 0 AND NOT is_deleted ORDER BY key_hash, batch_id DESC;
CREATE TEMP TABLE facts ON COMMIT DROP AS
SELECT l.place, key_hash, {l_cursor}l.batch_id, l.seq, l.is_deleted, l.row_hash, f.valid_from,
       version = max(version) OVER (PARTITION BY key_hash) AS is_newest
FROM (SELECT DISTINCT ON (key_hash, version) * FROM looked ORDER BY key_hash, version, batch_id DESC) l
JOIN (SELECT key_hash, version, valid_from FROM looked WHERE is_fact) f USING (key_hash, version);

-- name: touch_chart
-- Give the rows that stand the values of columns that make no version.
UPDATE {chart} c
SET {assignments}, {touched_cursor}_atlas_batch_id = t.batch_id, _atlas_seq = t.seq, _atlas_extracted_at = s._atlas_extracted_at
FROM touched t JOIN {staging} s ON s.ctid = t.place
WHERE c._atlas_key_hash = t.key_hash AND ROW({c_cursor}{c_names}) IS DISTINCT FROM ROW({t_cursor}{s_as_kept});

-- name: touch_history
-- The same of the version that stands in history: it is the one update that history knows beside masks.
UPDATE {history} h SET {assignments}, _atlas_batch_id = t.batch_id, _atlas_seq = t.seq
FROM touched t JOIN {staging} s ON s.ctid = t.place JOIN {keys} k ON k.key_hash = t.key_hash
WHERE h.key_hash = k.key_hash AND h.valid_from = k.valid_from AND h.recorded_at = k.recorded_at
  AND ROW({h_names}) IS DISTINCT FROM ROW({s_as_kept});

-- name: touch_keys
UPDATE {keys} k SET {touched_cursor}_atlas_batch_id = t.batch_id, _atlas_seq = t.seq
FROM touched t WHERE k.key_hash = t.key_hash;

-- name: as_before
-- True of a row that under the schema version of the one that stands is the same; or under a later one, by which that
-- was hashed if it was made again and has values of it.
(NOT s._atlas_is_deleted AND s._atlas_row_hash <> k.row_hash AND k.row_hash = ANY (s._atlas_old_hashes[k.schema_version:]))

-- name: retire
-- The versions that chart is about to lose to a newer one; not one of the same instant that an earlier range of what
-- is published now has brought: the later of the two stands, as within a range. $1 recorded_at
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT c._atlas_key_hash, c._atlas_valid_from, c._atlas_recorded_at, false, c._atlas_row_hash,
       c._atlas_schema_version, {epoch}, c._atlas_batch_id, c._atlas_seq, {c_names}
FROM facts f
JOIN {chart} c ON c._atlas_key_hash = f.key_hash
WHERE f.is_newest AND NOT (c._atlas_recorded_at = $1 AND c._atlas_valid_from = f.valid_from);

-- name: insert_versions
-- Of two versions of an instant that ranges which are published together bring, the later stands.
-- $1 recorded_at   $2 schema_version
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT f.key_hash, f.valid_from, $1, f.is_deleted, f.row_hash, $2, {epoch}, f.batch_id, f.seq, {s_names}
FROM {staging} s JOIN facts f ON f.place = s.ctid{past}
ON CONFLICT (key_hash, valid_from, recorded_at) DO UPDATE
SET {excluded}, is_deleted = excluded.is_deleted, row_hash = excluded.row_hash,
    _atlas_batch_id = excluded._atlas_batch_id, _atlas_seq = excluded._atlas_seq;

-- name: forget_same
-- What history has of an instant that a row of chart is of as well: the row was published with it, and is the later of
-- the two. $1 recorded_at
DELETE FROM {history} h USING facts f
WHERE f.is_newest AND NOT f.is_deleted
  AND h.key_hash = f.key_hash AND h.valid_from = f.valid_from AND h.recorded_at = $1;

-- name: past
-- Leaves out what chart holds.
 AND (f.is_deleted OR NOT f.is_newest)

-- name: gone
-- Keys that chart has are left out.
 AND f.is_deleted

-- name: forget_gone
-- Keys that were gone and are in chart again.
DELETE FROM {keys} k USING facts f WHERE k.key_hash = f.key_hash AND f.is_newest AND NOT f.is_deleted;

-- name: move_keys
-- Each key's newest version. $1 recorded_at   $2 schema_version
INSERT INTO {keys} (key_hash, valid_from, {cursor}row_hash, is_deleted, recorded_at, schema_version,
                    _atlas_batch_id, _atlas_seq)
SELECT f.key_hash, f.valid_from, {f_cursor}f.row_hash, f.is_deleted, $1, $2, f.batch_id, f.seq
FROM facts f WHERE f.is_newest{gone} ORDER BY f.key_hash
ON CONFLICT (key_hash) DO UPDATE
SET valid_from = excluded.valid_from, {set_cursor}row_hash = excluded.row_hash, is_deleted = excluded.is_deleted,
    recorded_at = excluded.recorded_at, schema_version = excluded.schema_version,
    _atlas_batch_id = excluded._atlas_batch_id, _atlas_seq = excluded._atlas_seq;

-- name: versions_by_batch
SELECT batch_id, count(*)::int AS versions FROM facts GROUP BY batch_id;

-- name: start_returned
CREATE TEMP TABLE returned ON COMMIT DROP AS
SELECT 0 AS part, s.ctid AS place, s._atlas_key_hash AS key_hash, {s_order}s._atlas_batch_id, s._atlas_seq, s._atlas_is_deleted
FROM {staging} s WITH NO DATA;

-- name: note_returned
-- Of each key that history has ended the newest row of a part of a new generation, where no newer instant brings it in.
-- $1 number of the part   $2 the last batch before the generation
INSERT INTO returned
SELECT DISTINCT ON (k.key_hash) $1::int, s.ctid, k.key_hash, {s_order}s._atlas_batch_id, s._atlas_seq, s._atlas_is_deleted
FROM {keys} k JOIN {staging} s ON s._atlas_key_hash = k.key_hash
WHERE k.is_deleted AND k._atlas_batch_id <= $2 AND s._atlas_violations IS NULL
ORDER BY k.key_hash, {newest_first}s._atlas_batch_id DESC, s._atlas_seq DESC;

-- name: leave_newest_returned
-- Of the rows of all parts the newest of each key, as chart has it; none where that says that the key is gone.
DELETE FROM returned r
WHERE EXISTS (SELECT FROM returned o
              WHERE o.key_hash = r.key_hash
                AND ({o_order}o._atlas_batch_id, o._atlas_seq) > ({r_order}r._atlas_batch_id, r._atlas_seq));
DELETE FROM returned WHERE _atlas_is_deleted;

-- name: bring_back
-- $1 recorded_at   $2 back_at   $3 schema_version   $4 number of the part
WITH versions AS (
    INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                           _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
    SELECT r.key_hash, greatest($2, k.valid_from + interval '1 microsecond'), $1, false, s._atlas_row_hash, $3, {epoch},
           s._atlas_batch_id, s._atlas_seq, {s_names}
    FROM returned r JOIN {keys} k USING (key_hash) JOIN {staging} s ON s.ctid = r.place
    WHERE r.part = $4
)
UPDATE {keys} k
SET valid_from = greatest($2, k.valid_from + interval '1 microsecond'), {back_cursor}row_hash = s._atlas_row_hash,
    is_deleted = false, recorded_at = $1, schema_version = $3, _atlas_batch_id = s._atlas_batch_id, _atlas_seq = s._atlas_seq
FROM returned r JOIN {staging} s ON s.ctid = r.place
WHERE r.part = $4 AND k.key_hash = r.key_hash;

-- name: start_seen
CREATE TEMP TABLE seen (key_hash uuid) ON COMMIT DROP;

-- name: note_seen
INSERT INTO seen SELECT _atlas_key_hash FROM {staging} WHERE _atlas_key_hash IS NOT NULL;

-- name: find_missing
-- Keys alive in history of which the new generation has no record.
CREATE TEMP TABLE missing ON COMMIT DROP AS
SELECT k.key_hash, k.valid_from FROM {keys} k
WHERE NOT k.is_deleted AND NOT EXISTS (SELECT FROM seen WHERE seen.key_hash = k.key_hash);

-- name: end_versions
-- A version that says the key is gone, with the values it had. $1 recorded_at   $2 gone_at   $3 schema_version
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT m.key_hash, greatest($2, m.valid_from + interval '1 microsecond'), $1, true,
       '00000000-0000-0000-0000-000000000000', $3, {epoch}, s._atlas_batch_id, s._atlas_seq, {s_names}
FROM missing m
JOIN LATERAL (
    SELECT h.* FROM {history} h WHERE h.key_hash = m.key_hash AND h.valid_from = m.valid_from
    ORDER BY h.recorded_at DESC LIMIT 1
) s ON true;

-- name: end_keys
-- $1 recorded_at   $2 gone_at   $3 schema_version
UPDATE {keys} k
SET valid_from = greatest($2, k.valid_from + interval '1 microsecond'), is_deleted = true,
    row_hash = '00000000-0000-0000-0000-000000000000', recorded_at = $1, schema_version = $3
FROM missing m WHERE m.key_hash = k.key_hash;

-- name: retire_all
-- All that chart has, before it is emptied.
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT c._atlas_key_hash, c._atlas_valid_from, c._atlas_recorded_at, false, c._atlas_row_hash,
       c._atlas_schema_version, {epoch}, c._atlas_batch_id, c._atlas_seq, {c_names}
FROM {chart} c;

-- name: forget_keys
-- A new epoch knows of no key.
DELETE FROM {keys};

-- name: forget_versions
DELETE FROM {history};
