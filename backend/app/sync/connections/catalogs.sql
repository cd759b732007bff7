-- name: get
-- $1 source_id
SELECT catalog::text FROM pipeline.source_catalogs WHERE source_id = $1;

-- name: keep
-- $1 source_id   $2 workspace_id   $3 catalog
INSERT INTO pipeline.source_catalogs (source_id, workspace_id, catalog) VALUES ($1, $2, $3::json)
ON CONFLICT (source_id) DO UPDATE SET catalog = excluded.catalog, seen_at = now();

-- name: forget
-- $1 source_id
DELETE FROM pipeline.source_catalogs WHERE source_id = $1;
