-- name: workspaceId
SELECT workspace_id FROM pipeline.workspaces WHERE workspace_id = $1;

-- name: sourceId
SELECT workspace_id FROM pipeline.sources WHERE source_id = $1;

-- name: destinationId
SELECT workspace_id FROM pipeline.destinations WHERE destination_id = $1;

-- name: remoteId
SELECT workspace_id FROM pipeline.remotes WHERE remote_id = $1;

-- name: tagId
SELECT workspace_id FROM pipeline.tags WHERE tag_id = $1;

-- name: connectionId
SELECT workspace_id FROM pipeline.connections WHERE connection_id = $1;

-- name: jobId
SELECT c.workspace_id FROM pipeline.jobs j JOIN pipeline.connections c USING (connection_id) WHERE j.job_id = $1;

-- name: ruleId
SELECT c.workspace_id FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
WHERE r.rule_id = $1;

-- name: notificationId
SELECT c.workspace_id FROM pipeline.notifications n JOIN pipeline.notification_rules r USING (rule_id)
JOIN pipeline.connections c USING (connection_id)
WHERE n.notification_id = $1;

-- name: changeId
SELECT c.workspace_id FROM pipeline.schema_changes x JOIN pipeline.streams s USING (stream_id)
JOIN pipeline.connections c USING (connection_id)
WHERE x.change_id = $1;

-- name: recordId
SELECT c.workspace_id FROM quarantine.records r JOIN pipeline.streams s USING (stream_id)
JOIN pipeline.connections c USING (connection_id)
WHERE r.boundary = split_part($1, '-', 1) AND r.quarantine_id = split_part($1, '-', 2)::bigint;

-- name: transformationId
SELECT workspace_id FROM pipeline.transformations WHERE transformation_id = $1;

-- name: transformationRunId
SELECT workspace_id FROM pipeline.transformation_runs WHERE transformation_run_id = $1;
