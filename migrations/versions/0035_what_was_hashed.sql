-- Where values alone tell a key's versions apart, rows that are there are compared by what was hashed of them: a column that
-- became JSON was hashed as text before, and fields without a column were not before there were any. Since which schema
-- version each is so; what is so already counts as if it always had been.
ALTER TABLE pipeline.columns ADD COLUMN json_since integer NOT NULL DEFAULT 1;
ALTER TABLE pipeline.streams ADD COLUMN rest_since integer NOT NULL DEFAULT 1;
