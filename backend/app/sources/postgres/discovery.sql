-- name: columns
-- One row a column that the account may read, of everything that can be a stream, in the relation's own order.
-- Partitions are read with what they are parts of; `key_place` counts from 0. $1 schemas, none for all
SELECT n.nspname, c.relname, a.attname, a.atttypid::bigint,
       CASE WHEN k.indnkeyatts > array_position(k.indkey::int2[], a.attnum)
            THEN array_position(k.indkey::int2[], a.attnum) END AS key_place,
       k.indnkeyatts,
       c.relkind::text, c.reltuples::bigint,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) ELSE 0 END AS size_bytes,
       pg_relation_filenode(c.oid)::bigint AS filenode,
       coalesce(m.amname = 'heap', false) AS is_heap,
       c.relkind <> 'p' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) AS has_children,
       has_table_privilege(c.oid, 'SELECT') AS is_whole,
       row_security_active(c.oid) AS is_filtered
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary AND k.indisvalid
LEFT JOIN pg_am m ON m.oid = c.relam
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relispopulated
  AND c.relpersistence <> 't'
  AND (n.nspname = ANY ($1::text[])
       OR (cardinality($1::text[]) = 0 AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'))
  AND has_schema_privilege(n.oid, 'USAGE')
  AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum;

-- name: types
-- These types, and all that they are made of; what else has a typelem (name, point) is no array. $1 their oids
WITH RECURSIVE used (oid) AS (
    SELECT unnest($1::bigint[])::oid
    UNION
    SELECT part.oid
    FROM used JOIN pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typcategory = 'A' AND t.typlen = -1
        UNION ALL
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL
        SELECT a.atttypid FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) part (oid)
)
SELECT t.oid::bigint, CASE WHEN n.nspname = 'pg_catalog' THEN t.typname ELSE '' END AS own_name,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem ELSE 0 END::bigint AS element,
       t.typbasetype::bigint AS base,
       fields.names, fields.types,
       EXISTS (SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget = 'json'::regtype
               AND c.castmethod = 'f' AND n.nspname <> 'pg_catalog') AS has_json_cast
FROM used JOIN pg_type t ON t.oid = used.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names,
           array_agg(a.atttypid::bigint ORDER BY a.attnum) AS types
    FROM pg_attribute a
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
) fields;
