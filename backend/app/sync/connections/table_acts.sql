-- name: of_stream
-- What explore, quarantine and the state have of a stream. $1 stream_id
SELECT s.selected,
       (SELECT coalesce(sum(l.explored), 0)::bigint FROM pipeline.batch_ledger l JOIN pipeline.batches b USING (batch_id)
        WHERE l.stream_id = s.stream_id AND b.removed_at IS NULL) AS explored,
       (SELECT count(*) FROM quarantine.records q WHERE q.stream_id = s.stream_id) AS quarantined,
       EXISTS (SELECT FROM pipeline.connector_state c WHERE c.connection_id = s.connection_id
               AND (c.kind <> 'STREAM' OR c.namespace = s.namespace AND c.name = s.name)) AS has_state
FROM pipeline.streams s WHERE s.stream_id = $1;

-- name: hold
-- No job of a connection begins until the transaction ends. $1 connection_id
SELECT connection_id FROM pipeline.connections WHERE connection_id = $1 FOR NO KEY UPDATE;

-- name: forget
-- What was kept out, and what is known of values, goes with the tables; the books stay. $1 stream_id
WITH fixes AS (DELETE FROM quarantine.fixes WHERE stream_id = $1),
     kept AS (DELETE FROM quarantine.chart_records WHERE stream_id = $1),
     refused AS (DELETE FROM quarantine.explore_records WHERE stream_id = $1),
     ranges AS (DELETE FROM quality.range_profiles WHERE stream_id = $1),
     profile AS (DELETE FROM quality.dataset_profiles WHERE stream_id = $1),
     children AS (DELETE FROM pipeline.child_tables WHERE stream_id = $1),
     state AS (INSERT INTO pipeline.connector_state (connection_id, kind, namespace, name, message)
               SELECT connection_id, 'STREAM', namespace, name, 'null'::json
               FROM pipeline.streams WHERE stream_id = $1),
     batches AS (UPDATE pipeline.batches SET removed_at = clock_timestamp()
                 WHERE stream_id = $1 AND removed_at IS NULL)
UPDATE pipeline.streams SET dropped_at = clock_timestamp(), selected = false WHERE stream_id = $1;

-- name: forget_states
-- States that a connection's streams have together, once it has none of them. $1 connection_id
INSERT INTO pipeline.connector_state (connection_id, kind, namespace, name, message)
SELECT s.connection_id, s.kind, s.namespace, s.name, 'null'::json
FROM (SELECT DISTINCT connection_id, kind, namespace, name FROM pipeline.connector_state WHERE connection_id = $1) s
WHERE kind <> 'STREAM'
  AND NOT EXISTS (SELECT FROM pipeline.streams WHERE connection_id = $1 AND dropped_at IS NULL);

-- name: rename
-- $1 stream_id   $2 table_name
UPDATE pipeline.streams SET table_name = $2 WHERE stream_id = $1;

-- name: rename_child
-- $1 stream_id   $2 field   $3 table_name
UPDATE pipeline.child_tables SET table_name = $3 WHERE stream_id = $1 AND field = $2;

-- name: note
-- $1 connection_id   $2 stream_id   $3 act   $4 facts
INSERT INTO pipeline.table_acts (connection_id, stream_id, act, facts) VALUES ($1, $2, $3, $4::jsonb);

-- name: listed
-- $1 connection_id   $2 limit   $3 offset   $4 the newest of them, or null
SELECT a.act_id, s.namespace, s.name, a.act, a.facts::text AS facts, a.done_at
FROM pipeline.table_acts a JOIN pipeline.streams s USING (stream_id)
WHERE a.connection_id = $1 AND ($4::bigint IS NULL OR a.act_id <= $4)
ORDER BY a.act_id DESC LIMIT $2 OFFSET $3;
