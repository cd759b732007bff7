-- name: create_explore
-- What the source sent, as it was sent, in parts by when it landed.
CREATE TABLE IF NOT EXISTS {explore} (
    batch_id     bigint  NOT NULL,
    seq          integer NOT NULL,
    data         jsonb   NOT NULL,
    content_hash uuid    NOT NULL
) PARTITION BY RANGE (batch_id);
GRANT SELECT ON {explore} TO atlas_raw_reader;
GRANT SELECT, INSERT, DELETE ON {explore} TO atlas_app;

-- name: create_chart
-- The stream's newest rows, typed and masked.
CREATE TABLE IF NOT EXISTS {chart} (
    {columns},
    _atlas_batch_id     bigint      NOT NULL,
    _atlas_seq          integer     NOT NULL,
    _atlas_extracted_at timestamptz NOT NULL,
    _atlas_key_hash     uuid,
    _atlas_row_hash     uuid        NOT NULL,
    {version}
    PRIMARY KEY ({chart_key})
);
GRANT SELECT ON {chart} TO atlas_raw_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON {chart} TO atlas_app;

-- name: show_chart
GRANT SELECT ON {chart} TO atlas_reader;

-- name: hide_chart
-- It has the order of a masked cursor in clear; `navigate` has its rows without it.
REVOKE SELECT ON {chart} FROM atlas_reader;

-- name: create_way_by_key
-- Where chart has more than one row a key, they are found by it: the passport of a row must not scan.
CREATE INDEX IF NOT EXISTS {key_index} ON {chart} (_atlas_key_hash);

-- name: version
-- Where chart has one row a key, that row is a version.
    {cursor}
    _atlas_valid_from     timestamptz NOT NULL,
    _atlas_recorded_at    timestamptz NOT NULL,
    _atlas_schema_version integer     NOT NULL,

-- name: create_history
-- Versions, only ever inserted; and the newest of each key, narrow and updated in place. Where chart
-- has one row a key, it has the newest version of those that are alive, and they are not here as well.
CREATE TABLE IF NOT EXISTS {history} (
    key_hash        uuid        NOT NULL,
    valid_from      timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    is_deleted      boolean     NOT NULL,
    row_hash        uuid        NOT NULL,
    schema_version  integer     NOT NULL,
    _atlas_epoch    integer     NOT NULL,
    _atlas_batch_id bigint      NOT NULL,
    _atlas_seq      integer     NOT NULL,
    {columns},
    PRIMARY KEY (key_hash, valid_from, recorded_at)
);
CREATE TABLE IF NOT EXISTS {keys} (
    key_hash        uuid        PRIMARY KEY,
    valid_from      timestamptz NOT NULL,
    {cursor}
    row_hash        uuid        NOT NULL,
    is_deleted      boolean     NOT NULL,
    recorded_at     timestamptz NOT NULL,
    schema_version  integer     NOT NULL,
    _atlas_batch_id bigint      NOT NULL,
    _atlas_seq      integer     NOT NULL
) WITH (fillfactor = 80);
GRANT SELECT ON {history} TO atlas_reader, atlas_raw_reader;
GRANT SELECT, INSERT, UPDATE ON {history}, {keys} TO atlas_app;

-- name: create_history_views
-- Versions in order, those equal to their predecessor left out, each valid until the next;
-- and the current rows, read without a window, so that a filter on the key stays one probe.
CREATE OR REPLACE VIEW {navigate} AS
{intervals};
CREATE OR REPLACE VIEW {current} AS
{newest};
GRANT SELECT ON {navigate}, {current} TO atlas_reader, atlas_raw_reader, atlas_app;

-- name: create_as_of
-- The rows that were valid at an instant, by what was recorded until another. By number, not by name: a
-- column may have any.
CREATE OR REPLACE FUNCTION {as_of} (timestamptz, timestamptz DEFAULT 'infinity') RETURNS SETOF {navigate}
LANGUAGE sql STABLE PARALLEL SAFE AS $as_of$
SELECT i.* FROM ({intervals_recorded}) i
WHERE i.valid_from <= $1 AND (i.valid_to IS NULL OR i.valid_to > $1) AND NOT i.is_deleted
$as_of$;

-- name: recorded_until
SELECT h.* FROM ({versions}) h WHERE h.recorded_at <= $2

-- name: intervals
SELECT t.key_hash, t.valid_from, lead(t.valid_from) OVER newer AS valid_to,
       lead(t.valid_from) OVER newer IS NULL AS is_current,
       t.is_deleted, t.recorded_at, {names}, t.row_hash, t._atlas_batch_id, t._atlas_seq
FROM (
    SELECT h.*, lag(h.row_hash) OVER (PARTITION BY h.key_hash ORDER BY h.valid_from) AS _atlas_before
    FROM (
        SELECT DISTINCT ON (h.key_hash, h.valid_from) h.*
        FROM ({versions}) h
        ORDER BY h.key_hash, h.valid_from, h.recorded_at DESC
    ) h
) t
WHERE t._atlas_before IS NULL OR t._atlas_before <> t.row_hash
WINDOW newer AS (PARTITION BY t.key_hash ORDER BY t.valid_from)

-- name: intervals_in_epochs
-- The same for a stream that was read from its beginning again: what was alive ended with its epoch, and
-- what is read again holds from the next one's beginning, however old the record says that it is. A
-- version that goes on unchanged from one epoch to the next is one.
SELECT v.key_hash, v._atlas_from AS valid_from, coalesce(lead(v._atlas_before_until) OVER newer, v._atlas_last_until) AS valid_to,
       coalesce(lead(v._atlas_before_until) OVER newer, v._atlas_last_until) IS NULL AS is_current,
       v.is_deleted, v.recorded_at, {names}, v.row_hash, v._atlas_batch_id, v._atlas_seq
FROM (
    SELECT u.*, lag(u.row_hash) OVER in_order AS _atlas_before, lag(u._atlas_until) OVER in_order AS _atlas_before_until,
           last_value(u._atlas_until) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS _atlas_last_until
    FROM (
        SELECT t.*, least(lead(t._atlas_from) OVER (PARTITION BY t.key_hash, t._atlas_epoch ORDER BY t.valid_from),
                          t._atlas_ended) AS _atlas_until
        FROM (
            SELECT DISTINCT ON (h.key_hash, h._atlas_epoch, h.valid_from)
                   h.*, greatest(h.valid_from, e._atlas_began) AS _atlas_from, e._atlas_ended
            FROM ({versions}) h
            JOIN (VALUES {epochs}) e (_atlas_number, _atlas_began, _atlas_ended) ON e._atlas_number = h._atlas_epoch
            ORDER BY h.key_hash, h._atlas_epoch, h.valid_from, h.recorded_at DESC
        ) t
    ) u
    WHERE u._atlas_until IS NULL OR u._atlas_from < u._atlas_until
    WINDOW in_order AS (PARTITION BY u.key_hash ORDER BY u._atlas_epoch, u.valid_from)
) v
WHERE v._atlas_before IS NULL OR v._atlas_before <> v.row_hash OR v._atlas_before_until < v._atlas_from
WINDOW newer AS (PARTITION BY v.key_hash ORDER BY v._atlas_from)

-- name: all_versions
-- History has every version.
SELECT h.* FROM {history} h

-- name: newest_in_history
SELECT k.key_hash, h.valid_from, h.recorded_at, {h_names}, h.row_hash, h._atlas_batch_id, h._atlas_seq
FROM {keys} k
JOIN LATERAL (
    SELECT h.* FROM {history} h
    WHERE h.key_hash = k.key_hash AND h.valid_from = k.valid_from
    ORDER BY h.recorded_at DESC LIMIT 1
) h ON true
WHERE NOT k.is_deleted

-- name: past_and_newest_versions
-- History has what is over; the newest version of a key that is alive is its row in chart.
SELECT h.key_hash, h.valid_from, h.recorded_at, h.is_deleted, h.row_hash, h.schema_version,
       h._atlas_epoch, h._atlas_batch_id, h._atlas_seq, {h_names}
FROM {history} h
UNION ALL
SELECT c._atlas_key_hash, c._atlas_valid_from, c._atlas_recorded_at, false, c._atlas_row_hash,
       c._atlas_schema_version, {epoch}, c._atlas_batch_id, c._atlas_seq, {c_names}
FROM {chart} c

-- name: newest_in_chart
SELECT c._atlas_key_hash AS key_hash, c._atlas_valid_from AS valid_from, c._atlas_recorded_at AS recorded_at,
       {c_names}, c._atlas_row_hash AS row_hash, c._atlas_batch_id, c._atlas_seq
FROM {chart} c

-- name: rows_of_chart
SELECT _atlas_key_hash AS key_hash, _atlas_valid_from AS valid_from, {cursor}_atlas_row_hash AS row_hash,
       false AS is_deleted, _atlas_schema_version AS schema_version, _atlas_batch_id, _atlas_seq
FROM {chart}

-- name: rows_of_keys
SELECT key_hash, valid_from, {cursor}row_hash, is_deleted, schema_version, _atlas_batch_id, _atlas_seq FROM {keys}

-- name: add_column
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {type};

-- name: retype_column
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING {cast};

-- name: create_plain_view
-- A stream without a primary key has no history: navigate shows chart.
CREATE OR REPLACE VIEW {navigate} AS SELECT {names} FROM {chart};
CREATE OR REPLACE VIEW {current} AS SELECT {names} FROM {chart};
GRANT SELECT ON {navigate}, {current} TO atlas_reader, atlas_raw_reader, atlas_app;

-- name: drop_views
-- They are made again in the same transaction.
DROP FUNCTION IF EXISTS {as_of} (timestamptz, timestamptz);
DROP VIEW IF EXISTS {navigate}, {current};

-- name: has_rows
SELECT EXISTS (SELECT FROM {table});

-- name: drop_published
DROP TABLE IF EXISTS {chart}, {history}, {keys};

-- name: views_on
-- Views and materialized views that read some tables or views. $1 their quoted names
SELECT DISTINCT n.nspname || '.' || v.relname AS name
FROM unnest($1::text[]) AS r (name)
JOIN pg_depend d ON d.refobjid = to_regclass(r.name)
JOIN pg_rewrite w ON w.oid = d.objid
JOIN pg_class v ON v.oid = w.ev_class
JOIN pg_namespace n ON n.oid = v.relnamespace
WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND w.ev_class <> d.refobjid
ORDER BY name;

-- name: exists
-- $1 schema   $2 name
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2;

-- name: has_rows
SELECT EXISTS (SELECT FROM {table});

-- name: texts
-- The columns of a table that are text. $1 the table, as schema.name
SELECT attname::text AS name FROM pg_attribute
WHERE attrelid = to_regclass($1) AND atttypid = 'text'::regtype AND attnum > 0 AND NOT attisdropped;

-- name: count
-- The rows of a table or view.
SELECT count(*) FROM {table};

-- name: extent
-- How large a table is, and how many rows it has if they stand as densely as when it was last analyzed; -1 if
-- it never was. $1 schema   $2 name
SELECT pg_relation_size(c.oid) AS size_bytes,
       CASE WHEN c.reltuples < 0 OR c.relpages = 0 THEN -1
            ELSE (c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int))::bigint
       END AS rows
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2;

-- name: count_some
-- The rows on some pages. $1 percent of the pages
SELECT count(*) FROM {table} TABLESAMPLE SYSTEM ($1::real) REPEATABLE (0);
