-- name: claim
-- Claim a key that is new, over, or left by whoever worked on the same request and died; true if it is ours now.
-- $1 caller   $2 key   $3 request_hash   $4 claim_id   $5 seconds   $6 hours
INSERT INTO access.answers AS a (caller, key, request_hash, claim_id, lease_until)
VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
ON CONFLICT (caller, key) DO UPDATE
SET request_hash = excluded.request_hash, claim_id = excluded.claim_id, claimed_at = excluded.claimed_at,
    lease_until = excluded.lease_until, status = NULL, media_type = NULL, body = NULL
WHERE a.claimed_at < clock_timestamp() - make_interval(hours => $6)
   OR (a.status IS NULL AND a.lease_until < clock_timestamp() AND a.request_hash = excluded.request_hash)
RETURNING true;

-- name: kept
-- $1 caller   $2 key
SELECT request_hash, status, media_type, body,
       ceil(greatest(extract(epoch FROM lease_until - clock_timestamp()), 1))::integer AS lease_s
FROM access.answers WHERE caller = $1 AND key = $2;

-- name: renew
-- $1 caller   $2 key   $3 claim_id   $4 seconds
UPDATE access.answers SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE caller = $1 AND key = $2 AND claim_id = $3 AND status IS NULL;

-- name: keep
-- $1 caller   $2 key   $3 claim_id   $4 status   $5 media_type   $6 body
UPDATE access.answers SET status = $4, media_type = $5, body = $6
WHERE caller = $1 AND key = $2 AND claim_id = $3;

-- name: release
-- $1 caller   $2 key   $3 claim_id
DELETE FROM access.answers WHERE caller = $1 AND key = $2 AND claim_id = $3 AND status IS NULL;

-- name: forget
-- $1 hours
DELETE FROM access.answers
WHERE (caller, key) IN (
    SELECT caller, key FROM access.answers WHERE claimed_at < now() - make_interval(hours => $1)
    LIMIT 10000 FOR UPDATE SKIP LOCKED
);
