-- name: begin
-- One snapshot of everything, in which nothing can be written. All that is set ends with the transaction, so
-- that a pooler may give the server to anybody after; a server's limits of time are not for who reads for hours.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmloption = 'content';
SET LOCAL standard_conforming_strings = on;
SET LOCAL lock_timeout = '60s';
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout');

-- name: horizon
-- The oldest transaction that this snapshot may not have seen, and how large a page is.
SELECT txid_snapshot_xmin(txid_current_snapshot()), current_setting('block_size')::int;

-- name: missing_schemas
-- Those of these schemas that are not there, or into which the account may not look. $1 schemas
SELECT s.name FROM unnest($1::text[]) AS s (name)
LEFT JOIN pg_namespace n ON n.nspname = s.name
WHERE n.oid IS NULL OR NOT has_schema_privilege(n.oid, 'USAGE')
ORDER BY s.name;
