-- What becomes of objects in a stream's records.
ALTER TABLE pipeline.streams
    ADD COLUMN nested text NOT NULL DEFAULT 'json' CHECK (nested IN ('json', 'flatten'));

-- Which field a column holds: object keys, from the record's own field on. `field` is the first of them.
ALTER TABLE pipeline.columns ADD COLUMN path jsonb;
UPDATE pipeline.columns SET path = jsonb_build_array(field);
ALTER TABLE pipeline.columns
    ALTER COLUMN path SET NOT NULL,
    DROP CONSTRAINT columns_pkey,
    ADD PRIMARY KEY (stream_id, path),
    DROP COLUMN field;
ALTER TABLE pipeline.columns ADD COLUMN field text NOT NULL GENERATED ALWAYS AS (path ->> 0) STORED;
