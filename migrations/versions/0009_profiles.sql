-- What is known of a row by its key, and of a dataset as a whole.

-- ── Which key was quarantined ────────────────────────────────────────────────────────────────

-- Null where the key itself is missing, and of records that were kept before this.
ALTER TABLE quarantine.chart_records ADD COLUMN key_hash uuid;
CREATE INDEX ON quarantine.chart_records (stream_id, key_hash);
CREATE INDEX ON quarantine.explore_records (stream_id) WHERE status = 'kept';

-- ── Profiles ─────────────────────────────────────────────────────────────────────────────────

-- What arrived, a column and promotion at a time. Values and lengths stand only of columns that are decided
-- clean: numbers as numbers; instants and texts, cut, as text, in the order of their bytes. Those of texts, and
-- lengths (bytes), are of `sampled` rows.
CREATE TABLE quality.range_profiles (
    promotion_id bigint NOT NULL REFERENCES pipeline.promotions,
    column_name  text NOT NULL,
    stream_id    bigint NOT NULL REFERENCES pipeline.streams,
    rows         bigint NOT NULL,
    nulls        bigint NOT NULL,
    sampled      bigint,
    low_number   numeric,
    high_number  numeric,
    low_text     text COLLATE "C",
    high_text    text COLLATE "C",
    shortest     bigint,
    longest      bigint,
    length_sum   bigint,
    PRIMARY KEY (promotion_id, column_name)
);
CREATE INDEX ON quality.range_profiles (stream_id, column_name);

-- What chart held at `profiled_at`, after the promotion of `recorded_at`. `sampled`: the rows that all figures of
-- the columns rest on, where those of the table are too many; `rows` is then PostgreSQL's estimate.
CREATE TABLE quality.dataset_profiles (
    stream_id   bigint PRIMARY KEY REFERENCES pipeline.streams,
    profiled_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    rows        bigint NOT NULL,
    sampled     bigint
);

-- `counted`: the rows, null or not, that `distinct_values` and `top` rest on; where the table has more, the first
-- is an estimate. `top` is [[value, rows of those counted], ...].
CREATE TABLE quality.column_profiles (
    stream_id       bigint NOT NULL REFERENCES quality.dataset_profiles ON DELETE CASCADE,
    column_name     text NOT NULL,
    nulls           bigint NOT NULL,
    counted         bigint NOT NULL,
    distinct_values bigint NOT NULL,
    low             text,
    high            text,
    shortest        bigint,
    longest         bigint,
    mean_length     double precision,
    top             jsonb,
    PRIMARY KEY (stream_id, column_name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON quality.range_profiles, quality.dataset_profiles,
    quality.column_profiles TO atlas_app;
