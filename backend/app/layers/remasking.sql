-- name: remask
-- Replace a column's values in place.
UPDATE {table} SET {column} = {expression} WHERE {column} IS NOT NULL;

-- name: add_masked
-- A text column that will take the place of one of another type.
ALTER TABLE {table} ADD COLUMN _atlas_masked text;

-- name: fill_masked
UPDATE {table} SET _atlas_masked = {expression} WHERE {column} IS NOT NULL;

-- name: replace_by_masked
ALTER TABLE {table} DROP COLUMN {column};
ALTER TABLE {table} RENAME COLUMN _atlas_masked TO {column};

-- name: has_value
SELECT EXISTS (SELECT FROM {table} WHERE {column} IS NOT NULL);

-- name: retype_empty
-- Another type for a column without a value; a new one, for which no row is written.
ALTER TABLE {table} DROP COLUMN {column};
ALTER TABLE {table} ADD COLUMN {column} {type};

-- name: held
-- The rows that have a value in a column.
SELECT count({column}) FROM {table};
