-- name: take
-- Taken before any row is locked, and by editors alone: jobs and ticks never wait for it. $1 what is edited
SELECT pg_advisory_xact_lock(hashtextextended('atlas.edited ' || $1::text, 0));
