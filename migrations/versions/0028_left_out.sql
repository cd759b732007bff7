-- What a person does not want of a stream's records: its fields have no columns, and those that had get no more values.
ALTER TABLE pipeline.streams ADD COLUMN left_out text[] NOT NULL DEFAULT '{}';
