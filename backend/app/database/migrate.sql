-- name: revision
-- The revision a database is at; none if it was never migrated.
SELECT version_num FROM pipeline.alembic_version;

-- name: is_made
SELECT to_regclass('pipeline.alembic_version') IS NOT NULL;
