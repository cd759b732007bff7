-- name: is_new
-- True of a connection that no job has run of. $1 connection_id
SELECT NOT EXISTS (SELECT FROM pipeline.jobs WHERE connection_id = $1);

-- name: forget_new
-- A stream that nothing was read of makes room for the one it takes over. $1 stream_id
WITH columns AS (DELETE FROM pipeline.columns WHERE stream_id = $1),
     versions AS (DELETE FROM pipeline.schema_versions WHERE stream_id = $1),
     waivers AS (DELETE FROM quarantine.waivers WHERE stream_id = $1),
     children AS (DELETE FROM pipeline.child_tables WHERE stream_id = $1),
     decisions AS (DELETE FROM pii.column_decisions WHERE stream_id = $1),
     labels AS (DELETE FROM pipeline.dataset_labels WHERE stream_id = $1)
SELECT 1;

-- name: take_labels
-- What was said of the new stream counts where something was; the rest stays as it was said of the old one.
-- $1 the new stream_id   $2 the old one
INSERT INTO pipeline.dataset_labels AS old (stream_id, workspace_id, description, tags, owners, changed_by, changed_at)
SELECT $2, workspace_id, description, tags, owners, changed_by, changed_at FROM pipeline.dataset_labels WHERE stream_id = $1
ON CONFLICT (stream_id) DO UPDATE
SET workspace_id = excluded.workspace_id, description = coalesce(excluded.description, old.description),
    tags = CASE WHEN excluded.tags = '{}' THEN old.tags ELSE excluded.tags END,
    owners = CASE WHEN excluded.owners = '{}' THEN old.owners ELSE excluded.owners END,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: take_acts
-- What was done with the new stream's tables stays in the books of its connection. $1 the new stream_id   $2 the old one
UPDATE pipeline.table_acts SET stream_id = $2 WHERE stream_id = $1;

-- name: remove_new
-- $1 stream_id
DELETE FROM pipeline.streams WHERE stream_id = $1 RETURNING position, as_sent::text AS as_sent;

-- name: take_over
-- $1 stream_id   $2 connection_id   $3 position   $4 how the new one was written
UPDATE pipeline.streams SET connection_id = $2, position = $3, selected = true, as_sent = $4::json WHERE stream_id = $1;

-- name: take_state
-- A state goes on under another connection. $1 its connection_id   $2 state_id
INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, namespace, name, message)
SELECT $1, attempt_id, kind, namespace, name, message FROM pipeline.connector_state WHERE state_id = $2;
