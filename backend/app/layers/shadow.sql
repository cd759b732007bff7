-- name: drop
DROP TABLE IF EXISTS {new_chart}, {new_history}, {new_keys};

-- name: copy_past_epochs
INSERT INTO {new_history} (key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
                           _atlas_epoch, _atlas_batch_id, _atlas_seq, {names})
SELECT key_hash, valid_from, recorded_at, is_deleted, row_hash, schema_version,
       _atlas_epoch, _atlas_batch_id, _atlas_seq, {names}
FROM {history} WHERE _atlas_epoch < {epoch};

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

-- name: replace_history
DROP TABLE IF EXISTS {history}, {keys};
ALTER TABLE {new_history} RENAME TO {history_name};
ALTER TABLE {new_keys} RENAME TO {keys_name};
