-- What becomes of objects and arrays in a stream's records.
ALTER TABLE pipeline.streams
    ADD COLUMN nested text NOT NULL DEFAULT 'json' CHECK (nested IN ('json', 'flatten', 'child_tables'));

-- Which field a column holds: object keys, from the record's own field on. `field` is the first of them.
ALTER TABLE pipeline.columns ADD COLUMN path jsonb;
UPDATE pipeline.columns SET path = jsonb_build_array(field);
ALTER TABLE pipeline.columns
    ALTER COLUMN path SET NOT NULL,
    DROP CONSTRAINT columns_pkey,
    ADD PRIMARY KEY (stream_id, path),
    DROP COLUMN field;
ALTER TABLE pipeline.columns ADD COLUMN field text NOT NULL GENERATED ALWAYS AS (path ->> 0) STORED;

-- Tables of chart for the items of a field's arrays. `columns` are [path, name, type] each, in order.
CREATE TABLE pipeline.child_tables (
    stream_id  bigint NOT NULL REFERENCES pipeline.streams,
    field      text NOT NULL,
    table_name text NOT NULL UNIQUE,
    columns    json NOT NULL,
    PRIMARY KEY (stream_id, field)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.child_tables TO atlas_app;
