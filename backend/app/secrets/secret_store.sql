-- name: keep
-- Keep a secret at its place, under the id that the place has already. $1 secret_id   $2 workspace_id   $3 owner_id
-- $4 pointer   $5 nonce   $6 ciphertext   $7 wrapped_key   $8 kid   $9 fingerprint
INSERT INTO pipeline.secrets
    (secret_id, workspace_id, owner_id, pointer, nonce, ciphertext, wrapped_key, kid, fingerprint)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (owner_id, pointer) DO UPDATE
SET nonce = excluded.nonce, ciphertext = excluded.ciphertext, wrapped_key = excluded.wrapped_key,
    kid = excluded.kid, fingerprint = excluded.fingerprint, created_at = clock_timestamp(), rotated_at = NULL
RETURNING secret_id;

-- name: of_owner
-- $1 owner_id
SELECT secret_id, workspace_id, owner_id, pointer, nonce, ciphertext, wrapped_key, kid, fingerprint
FROM pipeline.secrets WHERE owner_id = $1;

-- name: keep_only
-- $1 owner_id   $2 secret_ids
DELETE FROM pipeline.secrets WHERE owner_id = $1 AND secret_id <> ALL ($2::uuid[]);

-- name: after
-- $1 secret_id   $2 limit
SELECT secret_id, workspace_id, owner_id, pointer, nonce, ciphertext, wrapped_key, kid, fingerprint
FROM pipeline.secrets WHERE secret_id > $1 ORDER BY secret_id LIMIT $2;

-- name: kids
SELECT kid, count(*) AS secrets FROM pipeline.secrets GROUP BY kid ORDER BY kid;

-- name: hold_others
-- Those that another master key locks. $1 kid   $2 after this secret_id   $3 limit
SELECT secret_id, workspace_id, owner_id, pointer, nonce, ciphertext, wrapped_key, kid, fingerprint
FROM pipeline.secrets WHERE kid <> $1 AND secret_id > $2 ORDER BY secret_id LIMIT $3 FOR UPDATE;

-- name: rewrap
-- $1 secret_ids   $2 their wrapped keys   $3 kid
UPDATE pipeline.secrets s SET wrapped_key = new.wrapped_key, kid = $3, rotated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::bytea[]) new (secret_id, wrapped_key) WHERE s.secret_id = new.secret_id;
