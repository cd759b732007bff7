-- name: create_explore
-- What the source sent, as it was sent. The BRIN index finds a range of batches and costs no insert.
CREATE TABLE IF NOT EXISTS {explore} (
    batch_id     bigint  NOT NULL,
    seq          integer NOT NULL,
    data         jsonb   NOT NULL,
    content_hash uuid    NOT NULL
);
CREATE INDEX IF NOT EXISTS {explore_index} ON {explore} USING brin (batch_id) WITH (pages_per_range = 16);
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
GRANT SELECT ON {chart} TO atlas_reader, atlas_raw_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON {chart} TO atlas_app;

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
-- and the current rows, read through the keys: no window, so a filter on the key stays one probe.
CREATE OR REPLACE VIEW {navigate} AS
SELECT t.key_hash, t.valid_from, lead(t.valid_from) OVER newer AS valid_to,
       lead(t.valid_from) OVER newer IS NULL AS is_current,
       t.is_deleted, t.recorded_at, {names}, t.row_hash, t._atlas_batch_id, t._atlas_seq
FROM (
    SELECT h.*, lag(h.row_hash) OVER (PARTITION BY h.key_hash ORDER BY h.valid_from) AS before_hash
    FROM (
        SELECT DISTINCT ON (h.key_hash, h.valid_from) h.*
        FROM ({versions}) h
        ORDER BY h.key_hash, h.valid_from, h.recorded_at DESC
    ) h
) t
WHERE t.before_hash IS NULL OR t.before_hash <> t.row_hash
WINDOW newer AS (PARTITION BY t.key_hash ORDER BY t.valid_from);
CREATE OR REPLACE VIEW {current} AS
{newest};
GRANT SELECT ON {navigate}, {current} TO atlas_reader, atlas_raw_reader, atlas_app;

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
       h._atlas_batch_id, h._atlas_seq, {h_names}
FROM {history} h
UNION ALL
SELECT c._atlas_key_hash, c._atlas_valid_from, c._atlas_recorded_at, false, c._atlas_row_hash,
       c._atlas_schema_version, c._atlas_batch_id, c._atlas_seq, {c_names}
FROM {chart} c

-- name: newest_in_chart
SELECT c._atlas_key_hash AS key_hash, c._atlas_valid_from AS valid_from, c._atlas_recorded_at AS recorded_at,
       {c_names}, c._atlas_row_hash AS row_hash, c._atlas_batch_id, c._atlas_seq
FROM {chart} c

-- name: rows_of_chart
SELECT _atlas_key_hash AS key_hash, _atlas_valid_from AS valid_from, {cursor}_atlas_row_hash AS row_hash,
       false AS is_deleted, _atlas_batch_id, _atlas_seq
FROM {chart}

-- name: rows_of_keys
SELECT key_hash, valid_from, {cursor}row_hash, is_deleted, _atlas_batch_id, _atlas_seq FROM {keys}

-- name: create_plain_view
-- A stream without a primary key has no history: navigate shows chart.
CREATE OR REPLACE VIEW {navigate} AS SELECT {names} FROM {chart};
CREATE OR REPLACE VIEW {current} AS SELECT {names} FROM {chart};
GRANT SELECT ON {navigate}, {current} TO atlas_reader, atlas_raw_reader, atlas_app;

-- name: drop_views
-- They are made again in the same transaction.
DROP VIEW IF EXISTS {navigate}, {current};

-- name: exists
-- $1 schema   $2 name
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2;

-- name: count
-- The rows of a table or view.
SELECT count(*) FROM {table};
