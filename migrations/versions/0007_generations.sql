-- What a job was asked for beyond its type: which streams, and whether their history goes too.
ALTER TABLE pipeline.jobs ADD COLUMN options jsonb NOT NULL DEFAULT '{}';

-- A generation begins when a job starts to read a stream from its beginning. Inserted, never changed.
CREATE TABLE pipeline.generations (
    stream_id     bigint NOT NULL REFERENCES pipeline.streams,
    generation_id bigint NOT NULL,
    job_id        bigint NOT NULL REFERENCES pipeline.jobs,
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, generation_id)
);
CREATE INDEX ON pipeline.generations (job_id, stream_id);

-- The instants at which a stream was cleared: its history until then has ended, and stays.
CREATE TABLE pipeline.clears (
    stream_id  bigint NOT NULL REFERENCES pipeline.streams,
    cleared_at timestamptz NOT NULL,
    job_id     bigint NOT NULL REFERENCES pipeline.jobs,
    PRIMARY KEY (stream_id, cleared_at)
);

GRANT SELECT, INSERT, DELETE ON pipeline.generations, pipeline.clears TO atlas_app;
