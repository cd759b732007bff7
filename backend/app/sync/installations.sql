-- name: ask
-- A wish, unless there is one of this connector that is not over. $1 connector   $2 package   $3 version   $4 asked_by
INSERT INTO pipeline.connector_installations (connector, package, version, asked_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (connector) WHERE status IN ('pending', 'running') DO NOTHING;

-- name: newest
-- The newest wish of some connectors, an id of each. $1 connectors
SELECT DISTINCT ON (connector) installation_id, connector, package, version, status, asked_by, asked_at, started_at,
       ended_at, tries, host, python_version, steps::text AS steps, output, failure::text AS failure
FROM pipeline.connector_installations WHERE connector = ANY ($1)
ORDER BY connector, installation_id DESC;

-- name: take
-- The oldest wish that nobody works on, or whose worker has let its lease run out. $1 host   $2 lease in seconds
UPDATE pipeline.connector_installations i
SET status = 'running', tries = tries + 1, host = $1, lease_until = clock_timestamp() + make_interval(secs => $2),
    started_at = coalesce(started_at, clock_timestamp()), steps = '[]', output = '{}'
WHERE i.installation_id = (
    SELECT w.installation_id FROM pipeline.connector_installations w
    WHERE w.status = 'pending' OR (w.status = 'running' AND w.lease_until < clock_timestamp())
    ORDER BY w.installation_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING i.installation_id, i.connector, i.tries;

-- name: tell
-- How far it is; the lease is renewed. No row if it is another's by now.
-- $1 installation_id   $2 tries   $3 steps   $4 output   $5 lease in seconds
UPDATE pipeline.connector_installations
SET steps = $3::jsonb, output = $4, lease_until = clock_timestamp() + make_interval(secs => $5)
WHERE installation_id = $1 AND tries = $2 AND status = 'running'
RETURNING installation_id;

-- name: end
-- $1 installation_id   $2 tries   $3 status   $4 version   $5 python_version   $6 failure   $7 steps   $8 output
UPDATE pipeline.connector_installations
SET status = $3, version = coalesce($4, version), python_version = $5, failure = $6::jsonb, steps = $7::jsonb, output = $8,
    ended_at = clock_timestamp(), lease_until = NULL
WHERE installation_id = $1 AND tries = $2 AND status = 'running';

-- name: put_back
-- Its worker was asked to stop: another may begin at once, and no try is charged. $1 installation_id   $2 tries
UPDATE pipeline.connector_installations SET status = 'pending', tries = tries - 1, lease_until = NULL
WHERE installation_id = $1 AND tries = $2 AND status = 'running';
