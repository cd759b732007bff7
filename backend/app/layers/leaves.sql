-- name: kind
-- `p` of a table in parts, `r` of one from before there were parts. $1 schema   $2 name
SELECT c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2;

-- name: last_batch
-- The newest batch id that was ever given to anybody.
SELECT last_value FROM pipeline.batch_ids;

-- name: one_at_a_time
-- Who makes a part waits for whoever makes one of the same table. $1 the table
SELECT pg_advisory_xact_lock(hashtextextended('atlas.leaf ' || $1::text, 0));

-- name: create
-- A part, made beside its table and attached empty: neither readers nor writers wait for that. The BRIN index
-- finds a range of batches and costs no insert.
CREATE TABLE {leaf} (LIKE {explore});
CREATE INDEX {index} ON {leaf} USING brin (batch_id) WITH (pages_per_range = 16);
ALTER TABLE {explore} ATTACH PARTITION {leaf} FOR VALUES FROM ({first}) TO ({end});

-- name: set_aside
-- A table from before there were parts becomes the first of them.
ALTER TABLE {explore} RENAME TO {leaf_name};
ALTER INDEX IF EXISTS explore.{old_index} RENAME TO {index};

-- name: attach_first
ALTER TABLE {explore} ATTACH PARTITION {leaf} FOR VALUES FROM (MINVALUE) TO ({end});

-- name: listed
-- The parts of a table, oldest first. $1 schema   $2 name
SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size_bytes
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE n.nspname = $1 AND p.relname = $2
ORDER BY length(c.relname), c.relname;

-- name: index_anew
REINDEX INDEX explore.{index};

-- name: drop
DROP TABLE {leaf};

-- name: take_out
-- The records of all batches up to one. $1 batch_id
DELETE FROM {explore} WHERE batch_id <= $1;

-- name: rename_leaf
ALTER TABLE {leaf} RENAME TO {new_name};
ALTER INDEX IF EXISTS explore.{index} RENAME TO {new_index};
