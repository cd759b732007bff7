-- name: start
INSERT INTO access.sessions (token_hash, user_id, expires_at)
VALUES ($1, $2, now() + make_interval(hours => $3)) RETURNING expires_at;

-- name: forget
DELETE FROM access.sessions WHERE expires_at < now();

-- name: user_of
SELECT s.user_id FROM access.sessions s JOIN access.users u USING (user_id)
WHERE s.token_hash = $1 AND s.expires_at > now() AND u.is_active;

-- name: end
DELETE FROM access.sessions WHERE token_hash = $1;

-- name: void_links
DELETE FROM access.links WHERE user_id = $1;

-- name: make_link
INSERT INTO access.links (token_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(hours => $3));

-- name: use_link
DELETE FROM access.links WHERE token_hash = $1 AND expires_at > now() RETURNING user_id;
