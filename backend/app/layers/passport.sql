-- name: look_by_probes
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL enable_seqscan = off;
SET LOCAL statement_timeout = '10s';

-- name: chart_rows
-- A key's rows; sorted, for in the order of chart's own key all of chart would be read. $1 key_hash   $2 limit
SELECT c._atlas_batch_id AS batch_id, c._atlas_seq AS seq, c._atlas_extracted_at AS extracted_at,
       to_jsonb(v)::text AS values
FROM {chart} c CROSS JOIN LATERAL (SELECT {names}) v
WHERE c._atlas_key_hash = $1
ORDER BY c._atlas_batch_id + 0 DESC, c._atlas_seq DESC LIMIT $2;

-- name: versions
-- Their instants as text: the driver knows none before the year 1 or after 9999. $1 key_hash   $2 limit
SELECT to_jsonb(v.valid_from) #>> '{{}}' AS valid_from, to_jsonb(v.valid_to) #>> '{{}}' AS valid_to,
       v.is_current, v.is_deleted, v.recorded_at,
       coalesce((SELECT h.schema_version FROM {history} h
                 WHERE h.key_hash = $1 AND h.recorded_at = v.recorded_at
                   AND h._atlas_batch_id = v._atlas_batch_id AND h._atlas_seq = v._atlas_seq LIMIT 1)
                {in_chart}) AS schema_version,
       v._atlas_batch_id AS batch_id, v._atlas_seq AS seq, to_jsonb(r)::text AS values
FROM {navigate} v CROSS JOIN LATERAL (SELECT {names}) r WHERE v.key_hash = $1
ORDER BY v.valid_from DESC LIMIT $2;

-- name: schema_version_in_chart
, (SELECT c._atlas_schema_version FROM {chart} c WHERE c._atlas_key_hash = $1)

-- name: source_message
-- One record of explore, through the index of its batches. $1 batch_id   $2 seq
SELECT data::text FROM {explore} WHERE batch_id = $1 AND seq = $2;
