-- name: rename
ALTER TABLE IF EXISTS {explore} RENAME TO {new_explore};
ALTER INDEX IF EXISTS explore.{brin} RENAME TO {new_brin};
ALTER TABLE IF EXISTS {chart} RENAME TO {new_chart};
ALTER INDEX IF EXISTS chart.{key_index} RENAME TO {new_key_index};
ALTER TABLE IF EXISTS {history} RENAME TO {new_history};
ALTER TABLE IF EXISTS {keys} RENAME TO {new_keys};
ALTER VIEW IF EXISTS {navigate} RENAME TO {new_navigate};
ALTER VIEW IF EXISTS {current} RENAME TO {new_current};

-- name: rename_as_of
ALTER FUNCTION {as_of} (timestamptz, timestamptz) RENAME TO {new_as_of};

-- name: rename_child
ALTER TABLE IF EXISTS {child} RENAME TO {new_child};

-- name: drop
-- No CASCADE: what somebody else has built on these tables is never dropped with them.
DROP FUNCTION IF EXISTS {as_of} (timestamptz, timestamptz);
DROP VIEW IF EXISTS {navigate}, {current};
DROP TABLE IF EXISTS {everything};

-- name: has_function
-- $1 the function, quoted, with its types
SELECT to_regprocedure($1) IS NOT NULL;

-- name: dependents
-- Views of others that read one of some relations. $1 their names, quoted
WITH own AS (
    SELECT to_regclass(name)::oid AS oid FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL
)
SELECT DISTINCT v.oid::regclass::text AS name
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM own)
  AND v.oid NOT IN (SELECT oid FROM own)
ORDER BY name;

-- name: there
-- Which of some relations exist. $1 their names, quoted
SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL ORDER BY name;
