-- name: server
SELECT current_setting('server_version') AS version, current_database() AS database,
       pg_database_size(current_database()) AS size_bytes;

-- name: schemas
-- What each schema of Atlas has on disk, with indexes. $1 schemas
SELECT n.nspname AS schema, count(*) FILTER (WHERE c.relkind = 'r') AS tables,
       coalesce(sum(pg_relation_size(c.oid)) FILTER (WHERE c.relkind = 'r'), 0)::bigint AS table_bytes,
       coalesce(sum(pg_relation_size(c.oid)) FILTER (WHERE c.relkind = 'i'), 0)::bigint AS index_bytes,
       coalesce(sum(pg_relation_size(c.oid)) FILTER (WHERE c.relkind = 't'), 0)::bigint AS other_bytes
FROM (
    SELECT c.oid, c.relnamespace, c.relkind FROM pg_class c WHERE c.relkind IN ('r', 'i')
    UNION ALL
    SELECT t.oid, c.relnamespace, 't' FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
    UNION ALL
    SELECT x.indexrelid, c.relnamespace, 't' FROM pg_class c JOIN pg_index x ON x.indrelid = c.reltoastrelid
) c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[])
GROUP BY n.nspname ORDER BY n.nspname;

-- name: connectors
-- The connectors that ran here.
SELECT name, version, python_version, sha256, installed_at FROM pipeline.connectors ORDER BY name;
