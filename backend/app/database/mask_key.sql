-- name: fingerprint
SELECT fingerprint FROM pipeline.mask_key;

-- name: settled
-- The same, once nobody is about to replace it.
SELECT fingerprint FROM pipeline.mask_key FOR SHARE;

-- name: note_first
-- $1 fingerprint
INSERT INTO pipeline.mask_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: hold
SELECT fingerprint FROM pipeline.mask_key FOR UPDATE;

-- name: replace
-- Take another key for the database's as long as no row was made by the first, and nobody is at it.
-- $1 fingerprint   $2 the attempt that asks
UPDATE pipeline.mask_key SET fingerprint = $1, noted_at = now()
WHERE NOT EXISTS (SELECT FROM pipeline.batches)
  AND NOT EXISTS (SELECT FROM pipeline.attempts WHERE status = 'running' AND attempt_id <> $2)
RETURNING fingerprint;
