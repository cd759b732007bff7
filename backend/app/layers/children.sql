-- name: create
-- The items of a field's arrays, one row each, with what they lie in: the row's key where it has one, and its place.
CREATE TABLE {child} (
    _atlas_key_hash uuid,
    _atlas_batch_id bigint  NOT NULL,
    _atlas_seq      integer NOT NULL,
    _atlas_index    integer NOT NULL,
    {columns},
    PRIMARY KEY ({parent}, _atlas_index)
);
GRANT SELECT ON {child} TO atlas_reader, atlas_raw_reader;
GRANT SELECT, INSERT, DELETE ON {child} TO atlas_app;

-- name: forget
-- Take out the items of staged keys whose row in chart is another now, or none.
DELETE FROM {child} c
USING (SELECT DISTINCT _atlas_key_hash FROM {staging} WHERE _atlas_key_hash IS NOT NULL) s
LEFT JOIN {chart} p ON p._atlas_key_hash = s._atlas_key_hash
WHERE c._atlas_key_hash = s._atlas_key_hash
  AND (p._atlas_key_hash IS NULL OR (p._atlas_batch_id, p._atlas_seq) <> (c._atlas_batch_id, c._atlas_seq));

-- name: fill
-- Make rows of the items that chart's rows have: of all, or of those that were just written.
INSERT INTO {child} (_atlas_key_hash, _atlas_batch_id, _atlas_seq, _atlas_index, {names})
SELECT p._atlas_key_hash, p._atlas_batch_id, p._atlas_seq, e.place - 1, {values}
FROM {chart} p {written}
CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(p.{column}) WHEN 'array' THEN p.{column} ELSE '[]' END)
    WITH ORDINALITY AS e (item, place)
ON CONFLICT DO NOTHING;

-- name: written
-- Leaves out rows of chart that no staged row has become.
JOIN {staging} s ON s._atlas_batch_id = p._atlas_batch_id AND s._atlas_seq = p._atlas_seq {of_key}

-- name: of_key
-- Lets chart's rows be found by their key.
AND s._atlas_key_hash = p._atlas_key_hash

-- name: is_as
-- True if the table is there with these columns of items. $1 the table, as schema.name   $2 names   $3 types
SELECT array_agg(attname::text ORDER BY attnum) = $2::text[]
   AND array_agg(atttypid::regtype ORDER BY attnum) = $3::text[]::regtype[]
FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND NOT starts_with(attname, '_atlas_');

-- name: empty
DELETE FROM {child};

-- name: drop
DROP TABLE IF EXISTS {child};
