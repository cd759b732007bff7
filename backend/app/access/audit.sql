-- name: hold_head
SELECT entry_id, hash FROM audit.head FOR UPDATE;

-- name: append
INSERT INTO audit.entries (entry_id, recorded_at, workspace_id, actor_kind, actor_id, actor_name,
                           action, subject, facts, request_id, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: move_head
UPDATE audit.head SET entry_id = $1, hash = $2;

-- name: head
SELECT entry_id, hash FROM audit.head;

-- name: after
SELECT entry_id, recorded_at, workspace_id, actor_kind, actor_id, actor_name, action, subject,
       facts::text AS facts, request_id, hash
FROM audit.entries
WHERE entry_id > $1 AND entry_id <= $2
ORDER BY entry_id
LIMIT $3;

-- name: beyond
-- Entries that the head does not know of: written past it.
SELECT EXISTS (SELECT FROM audit.entries WHERE entry_id > $1 AND entry_id > (SELECT entry_id FROM audit.head));

-- name: listed
SELECT entry_id, recorded_at, workspace_id, actor_kind, actor_id, actor_name, action, subject,
       facts::text AS facts, request_id, hash
FROM audit.entries
WHERE ($1::uuid[] IS NULL OR workspace_id = ANY($1))
  AND ($2::text IS NULL OR actor_id = $2)
  AND ($3::text IS NULL OR action = $3)
  AND ($4::bigint IS NULL OR entry_id < $4)
ORDER BY entry_id DESC
LIMIT $5;

-- name: seal_of
SELECT hash FROM audit.entries WHERE entry_id = $1;

-- name: settings_acts
-- Who changed what of a connection's settings, the newest first: acts on the connection and on its source.
-- $1 workspace_id   $2 a pattern of the connection's paths   $3 of its source's   $4 operations   $5 limit   $6 offset
-- $7 the newest of them, or null
SELECT entry_id, recorded_at, workspace_id, actor_kind, actor_id, actor_name, action, subject,
       facts::text AS facts, request_id, hash
FROM audit.entries
WHERE workspace_id = $1 AND action = ANY ($4) AND (subject LIKE $2 OR subject LIKE $3)
  AND ($7::bigint IS NULL OR entry_id <= $7)
ORDER BY entry_id DESC LIMIT $5 OFFSET $6;
