-- name: drop
DROP TABLE IF EXISTS {new_chart}, {new_history}, {new_keys};

-- name: copy_past_epochs
INSERT INTO {new_history} SELECT * FROM {history} h WHERE h._atlas_epoch < {epoch};

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
DROP TABLE {history}, {keys};
ALTER TABLE {new_history} RENAME TO {history_name};
ALTER TABLE {new_keys} RENAME TO {keys_name};
