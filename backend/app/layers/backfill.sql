-- name: sample
-- Some records that have one of the fields. $1 after   $2 last   $3 how many
SELECT r.data::text AS data FROM {relation} r
WHERE r.batch_id > $1 AND r.batch_id <= $2 LIMIT $3;

-- name: retell
-- Versions of the present epoch whose record has a value that they have not, as last told, told again with it.
-- $1 recorded_at   $2 schema_version
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT h.key_hash, h.valid_from, $1, h.is_deleted, CASE WHEN h.is_deleted THEN h.row_hash ELSE s._atlas_row_hash END,
       $2, h._atlas_epoch, h._atlas_batch_id, h._atlas_seq, {values}
FROM (
    SELECT DISTINCT ON (t.key_hash, t.valid_from) t.*
    FROM {history} t
    WHERE t._atlas_epoch = {epoch}
      AND (t.key_hash, t.valid_from) IN (
          SELECT p.key_hash, p.valid_from FROM {history} p
          JOIN {staging} n ON n._atlas_batch_id = p._atlas_batch_id AND n._atlas_seq = p._atlas_seq
          WHERE p._atlas_epoch = {epoch}){past}
    ORDER BY t.key_hash, t.valid_from, t.recorded_at DESC
) h
JOIN {staging} s ON s._atlas_batch_id = h._atlas_batch_id AND s._atlas_seq = h._atlas_seq
WHERE s._atlas_violations IS NULL AND (EXISTS (SELECT FROM (SELECT h.*) t WHERE {empty}){or_renamed_version});

-- name: past
-- Leaves out what chart tells of.
 AND NOT EXISTS (SELECT FROM {chart} c WHERE c._atlas_key_hash = t.key_hash AND c._atlas_valid_from = t.valid_from)

-- name: or_renamed_version
-- A version that was told under the field's old name is hashed as those that follow it, or they would look changed.
 OR NOT h.is_deleted AND h.row_hash <> s._atlas_row_hash

-- name: or_renamed_row
 OR c._atlas_row_hash <> s._atlas_row_hash

-- name: retell_keys
-- The newest versions that were told again. $1 recorded_at   $2 schema_version
UPDATE {keys} k SET row_hash = h.row_hash, recorded_at = $1, schema_version = $2
FROM {history} h
WHERE h.key_hash = k.key_hash AND h.valid_from = k.valid_from AND h.recorded_at = $1 AND NOT k.is_deleted;

-- name: retire
-- The rows of chart that are about to be told again, as they were told.
INSERT INTO {history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT c._atlas_key_hash, c._atlas_valid_from, c._atlas_recorded_at, false, c._atlas_row_hash,
       c._atlas_schema_version, {epoch}, c._atlas_batch_id, c._atlas_seq, {c_names}
FROM {chart} c
JOIN {staging} s ON s._atlas_batch_id = c._atlas_batch_id AND s._atlas_seq = c._atlas_seq
WHERE s._atlas_violations IS NULL AND (EXISTS (SELECT FROM (SELECT c.*) t WHERE {empty}){or_renamed_row});

-- name: fill_versions
-- Rows of chart that are versions too. $1 recorded_at   $2 schema_version
UPDATE {chart} c
SET {set}, _atlas_row_hash = s._atlas_row_hash, _atlas_recorded_at = $1, _atlas_schema_version = $2
FROM {staging} s
WHERE s._atlas_batch_id = c._atlas_batch_id AND s._atlas_seq = c._atlas_seq
  AND s._atlas_violations IS NULL AND (EXISTS (SELECT FROM (SELECT c.*) t WHERE {empty}){or_renamed_row});

-- name: fill
UPDATE {chart} c
SET {set}, _atlas_row_hash = s._atlas_row_hash
FROM {staging} s
WHERE s._atlas_batch_id = c._atlas_batch_id AND s._atlas_seq = c._atlas_seq
  AND s._atlas_violations IS NULL AND (EXISTS (SELECT FROM (SELECT c.*) t WHERE {empty}){or_renamed_row});

-- name: count_misfits
-- Records of rows that are there of which a value does not fit.
SELECT count(*) FROM {staging} s
JOIN {chart} c ON c._atlas_batch_id = s._atlas_batch_id AND c._atlas_seq = s._atlas_seq
WHERE s._airbyte_meta IS NOT NULL AND {misfit};
