-- name: find_by_key
-- Rows are found by their keys, at pages that are about to be written anyway; some ranges are sorted in memory.
SET LOCAL work_mem = '64MB';
SET LOCAL random_page_cost = 1.1;

-- name: choose_newest
-- One row a key: the highest cursor, then the latest landed. Sorted narrow, joined back by place.
DROP TABLE IF EXISTS pg_temp.choice;
CREATE TEMP TABLE choice ON COMMIT DROP AS
WITH ranked AS (
    SELECT s.ctid AS place, s._atlas_batch_id, s._atlas_key_hash, s._atlas_is_deleted,
           row_number() OVER (PARTITION BY s._atlas_key_hash
                              ORDER BY {order}s._atlas_batch_id DESC, s._atlas_seq DESC) = 1
           AND (k.key_hash IS NULL OR {stands}) AS is_newest
    FROM {staging} s
    LEFT JOIN {standing} k ON k.key_hash = s._atlas_key_hash
    WHERE s._atlas_violations IS NULL
)
SELECT place, _atlas_batch_id AS batch_id, _atlas_key_hash AS key_hash,
       CASE WHEN NOT is_newest THEN 'superseded'
            WHEN _atlas_is_deleted THEN 'deleted' ELSE 'charted' END AS fate
FROM ranked
UNION ALL
SELECT s.ctid, s._atlas_batch_id, s._atlas_key_hash, 'quarantined'
FROM {staging} s WHERE s._atlas_violations IS NOT NULL;
ANALYZE choice (fate);

-- name: choose_all
-- Every good row is charted.
DROP TABLE IF EXISTS pg_temp.choice;
CREATE TEMP TABLE choice ON COMMIT DROP AS
SELECT s.ctid AS place, s._atlas_batch_id AS batch_id, s._atlas_key_hash AS key_hash,
       CASE WHEN s._atlas_violations IS NULL THEN 'charted' ELSE 'quarantined' END AS fate
FROM {staging} s;
ANALYZE choice (fate);

-- name: chosen
-- Leaves out what is not charted; a range of which every row is charted needs no join.
JOIN choice ON choice.place = s.ctid AND choice.fate = 'charted'

-- name: upsert
-- Write the newest row of each key; a row that is already there as it is costs no write.
-- $1 recorded_at   $2 schema_version
INSERT INTO {chart} AS c ({names}, _atlas_batch_id, _atlas_seq, _atlas_extracted_at, _atlas_key_hash, _atlas_row_hash,
                          {cursor}_atlas_valid_from, _atlas_recorded_at, _atlas_schema_version)
SELECT {s_names}, s._atlas_batch_id, s._atlas_seq, s._atlas_extracted_at, s._atlas_key_hash, s._atlas_row_hash,
       {s_cursor}{valid_from}, $1, $2
FROM {staging} s {chosen} {as_facts}
ON CONFLICT (_atlas_key_hash) DO UPDATE
SET {assignments}, _atlas_batch_id = excluded._atlas_batch_id, _atlas_seq = excluded._atlas_seq,
    _atlas_extracted_at = excluded._atlas_extracted_at, _atlas_row_hash = excluded._atlas_row_hash,
    {set_cursor}_atlas_valid_from = excluded._atlas_valid_from,
    _atlas_recorded_at = excluded._atlas_recorded_at, _atlas_schema_version = excluded._atlas_schema_version
WHERE (c._atlas_row_hash, c._atlas_valid_from) <> (excluded._atlas_row_hash, excluded._atlas_valid_from);

-- name: as_facts
-- A row that is no fact is as it was. Under `check` a version's instant is that of its fact.
JOIN facts ON facts.key_hash = s._atlas_key_hash AND facts.is_newest

-- name: looks_new
-- True if every row of a range is good, and as far as a few of them show begins a key.
SELECT NOT EXISTS (SELECT FROM {staging} s WHERE s._atlas_violations IS NOT NULL OR s._atlas_is_deleted)
   AND NOT EXISTS (SELECT FROM (SELECT _atlas_key_hash FROM {staging} LIMIT 100) s
                   JOIN {chart} c ON c._atlas_key_hash = s._atlas_key_hash)
   AND (NOT EXISTS (SELECT FROM {keys})
        OR NOT EXISTS (SELECT FROM {keys} k JOIN {staging} s ON s._atlas_key_hash = k.key_hash));

-- name: insert_new
-- Rows of which nothing is known yet; a key that is known, or comes twice, refuses them all.
-- $1 recorded_at   $2 schema_version
INSERT INTO {chart} ({names}, _atlas_batch_id, _atlas_seq, _atlas_extracted_at, _atlas_key_hash, _atlas_row_hash,
                     {cursor}_atlas_valid_from, _atlas_recorded_at, _atlas_schema_version)
SELECT {s_names}, s._atlas_batch_id, s._atlas_seq, s._atlas_extracted_at, s._atlas_key_hash, s._atlas_row_hash,
       {s_cursor}s._atlas_valid_from, $1, $2
FROM {staging} s;

-- name: delete_marked
-- Take out the rows whose newest record says that they are gone.
DELETE FROM {chart} c USING choice WHERE choice.fate = 'deleted' AND c._atlas_key_hash = choice.key_hash;

-- name: insert
-- Write every good row.
INSERT INTO {chart} ({names}, _atlas_batch_id, _atlas_seq, _atlas_extracted_at, _atlas_key_hash, _atlas_row_hash)
SELECT {s_names}, s._atlas_batch_id, s._atlas_seq, s._atlas_extracted_at, s._atlas_key_hash, s._atlas_row_hash
FROM {staging} s {chosen};

-- name: empty
-- Not TRUNCATE: readers shall see the old generation until this commits.
DELETE FROM {chart};

-- name: fates_by_batch
-- What became of a range's rows, counted a batch.
SELECT batch_id,
       count(*) FILTER (WHERE fate = 'charted')::int     AS charted,
       count(*) FILTER (WHERE fate = 'superseded')::int  AS superseded,
       count(*) FILTER (WHERE fate = 'quarantined')::int AS quarantined,
       count(*) FILTER (WHERE fate = 'deleted')::int     AS deleted
FROM choice GROUP BY batch_id;
