-- What a rebuild from explore came to, held against what was published; counts of rows, no values.
CREATE TABLE pipeline.rebuilds (
    job_id            bigint NOT NULL REFERENCES pipeline.jobs,
    stream_id         bigint NOT NULL REFERENCES pipeline.streams,
    chart_equal       bigint NOT NULL,
    chart_different   bigint NOT NULL,
    chart_missing     bigint NOT NULL,
    chart_extra       bigint NOT NULL,
    history_equal     bigint NOT NULL,
    history_different bigint NOT NULL,
    history_missing   bigint NOT NULL,
    history_extra     bigint NOT NULL,
    examples          text[]  NOT NULL,  -- keys of rows that are not equal: hashes, or batch and place
    is_swapped        boolean NOT NULL,
    why_not           text,
    PRIMARY KEY (job_id, stream_id)
);
GRANT SELECT, INSERT, UPDATE ON pipeline.rebuilds TO atlas_app;

-- An older generation that somebody let chart show again.
CREATE TABLE pipeline.generations_brought_back (
    stream_id       bigint NOT NULL REFERENCES pipeline.streams,
    generation_id   bigint NOT NULL,
    job_id          bigint NOT NULL REFERENCES pipeline.jobs,
    brought_back_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, job_id)
);
GRANT SELECT, INSERT ON pipeline.generations_brought_back TO atlas_app;
