-- name: drop
DROP TABLE IF EXISTS {new_chart}, {new_history}, {new_keys};

-- name: has_tokens
-- True if a version that is not made again has a text that is no value of a column's type. $1 as of copy_past
SELECT EXISTS (SELECT FROM {history}
               WHERE (_atlas_epoch < {epoch} OR recorded_at < $1::timestamptz)
                 AND {column} IS NOT NULL AND {value} IS NULL);

-- name: copy_past
-- $1 what was recorded before this is not made again; null: all of this epoch is
INSERT INTO {new_history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                           _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
       _atlas_epoch, _atlas_batch_id, _atlas_seq, {past}
FROM {history} WHERE _atlas_epoch < {epoch} OR recorded_at < $1::timestamptz;

-- name: stand_again
-- The newest version of each key before what is made again.
INSERT INTO {new_keys} (key_hash, valid_from, {cursor}row_hash, is_deleted, recorded_at, schema_version, _atlas_batch_id, _atlas_seq)
SELECT DISTINCT ON (h.key_hash) h.key_hash, h.valid_from, {h_cursor}h.row_hash, h.is_deleted, h.recorded_at, h.schema_version,
       h._atlas_batch_id, h._atlas_seq
FROM {new_history} h WHERE h._atlas_epoch = {epoch}
ORDER BY h.key_hash, h.valid_from DESC, h.recorded_at DESC;

-- name: compare
SELECT count(*) FILTER (WHERE o.value = n.value)                              AS equal,
       count(*) FILTER (WHERE o.value <> n.value)                             AS different,
       count(*) FILTER (WHERE n.value IS NULL)                                AS missing,
       count(*) FILTER (WHERE o.value IS NULL)                                AS extra
FROM (SELECT {keys}, {values} AS value FROM {old}) o
FULL JOIN (SELECT {keys}, {values} AS value FROM {new}) n USING ({keys});

-- name: examples
-- Some of the keys that are not alike.
SELECT concat_ws(' ', {keys}) AS key
FROM (SELECT {keys}, {values} AS value FROM {old}) o
FULL JOIN (SELECT {keys}, {values} AS value FROM {new}) n USING ({keys})
WHERE o.value IS DISTINCT FROM n.value LIMIT 20;

-- name: replace_chart
DROP TABLE {chart};
ALTER TABLE {new_chart} RENAME TO {chart_name};

-- name: rename_way_by_key
ALTER INDEX IF EXISTS {new_key_index} RENAME TO {key_index};

-- name: replace_history
DROP TABLE IF EXISTS {history}, {keys};
ALTER TABLE {new_history} RENAME TO {history_name};
ALTER TABLE {new_keys} RENAME TO {keys_name};
