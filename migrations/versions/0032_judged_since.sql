-- The rules that the rows of a stream have met which were recorded after an instant: of those that are there
-- already nobody knows.
ALTER TABLE pipeline.watermarks
    ADD COLUMN judged_by    text,
    ADD COLUMN judged_since timestamptz NOT NULL DEFAULT '-infinity';
