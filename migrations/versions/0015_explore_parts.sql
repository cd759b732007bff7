-- ── Parts of explore ─────────────────────────────────────────────────────────────────────────

-- When the period began in which batches land now. Ids of batches leap to the next million when it is over, so
-- that a range of ids is a range of time (decision 0032).
CREATE TABLE pipeline.explore_period (
    is_only   boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    opened_at timestamptz NOT NULL
);
INSERT INTO pipeline.explore_period (opened_at) VALUES (clock_timestamp());

-- Begin a new period if this one is over; true if so. Ids that were given before stay valid, and are lower.
CREATE FUNCTION pipeline.turn_explore_period(wanted interval) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM pipeline.explore_period WHERE opened_at < clock_timestamp() - wanted FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM setval('pipeline.batch_ids', (nextval('pipeline.batch_ids') / 1000000 + 1) * 1000000);
    UPDATE pipeline.explore_period SET opened_at = clock_timestamp();
    RETURN true;
END $$;
GRANT SELECT, UPDATE ON pipeline.explore_period TO atlas_app;
GRANT UPDATE ON SEQUENCE pipeline.batch_ids TO atlas_app;

-- ── Retention ────────────────────────────────────────────────────────────────────────────────

-- The books of a batch stay; `removed_at` says since when explore has its records no more.
ALTER TABLE pipeline.batches ADD COLUMN removed_at timestamptz;
CREATE INDEX batches_in_explore ON pipeline.batches (stream_id, batch_id) WHERE removed_at IS NULL AND voided_at IS NULL;

-- The most that explore keeps of each stream of a connection; a connection without a row keeps all.
CREATE TABLE pipeline.retention_policies (
    connection_id   uuid PRIMARY KEY REFERENCES pipeline.connections,
    max_age_days    integer CHECK (max_age_days >= 1),
    max_generations integer CHECK (max_generations >= 1),
    max_rows        bigint CHECK (max_rows >= 0),
    set_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (num_nonnulls(max_age_days, max_generations, max_rows) > 0)
);

-- Append-only: what was taken out of explore, by which policy, at whose word.
CREATE TABLE pipeline.retention_acts (
    act_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id   bigint NOT NULL REFERENCES pipeline.streams,
    asked_by    text NOT NULL CHECK (asked_by IN ('policy', 'person')),
    policy      jsonb NOT NULL,
    how         text NOT NULL CHECK (how IN ('dropped', 'deleted')),
    first_batch bigint NOT NULL,
    last_batch  bigint NOT NULL,
    batches     integer NOT NULL,
    records     bigint NOT NULL,
    size_bytes  bigint NOT NULL,
    landed_from timestamptz NOT NULL,
    landed_to   timestamptz NOT NULL,
    removed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.retention_acts (stream_id, act_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.retention_policies TO atlas_app;
GRANT SELECT, INSERT ON pipeline.retention_acts TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;

-- ── A full refresh that reads what explore has already ───────────────────────────────────────

ALTER TABLE pipeline.connections
    ADD COLUMN on_unchanged text NOT NULL DEFAULT 'record_again' CHECK (on_unchanged IN ('record_again', 'record_once'));

-- `made_by` is a digest of all that made rows of a generation's records. A generation that is the `same_as` an
-- earlier one, record for record, has nothing in explore; `seen_again_at` is when that was known.
ALTER TABLE pipeline.generations
    ADD COLUMN made_by text,
    ADD COLUMN same_as bigint,
    ADD COLUMN seen_again_at timestamptz;
GRANT UPDATE ON pipeline.generations TO atlas_app;

-- ── What becomes of tables ───────────────────────────────────────────────────────────────────

-- Airbyte's `prefix`: it begins the names of the tables that a connection's streams get.
ALTER TABLE pipeline.connections ADD COLUMN prefix text NOT NULL DEFAULT '';

-- A deleted source keeps its name and its place in the books; its configuration goes.
ALTER TABLE pipeline.sources ADD COLUMN deleted_at timestamptz;

-- The tables of a stream that was dropped are gone, and their name is free; the books of it stay.
ALTER TABLE pipeline.streams
    ADD COLUMN dropped_at timestamptz,
    DROP CONSTRAINT streams_table_name_key;
CREATE UNIQUE INDEX streams_table_name ON pipeline.streams (table_name) WHERE dropped_at IS NULL;

-- Append-only: tables that were dropped, renamed or adopted at somebody's word. Names and counts, no values.
CREATE TABLE pipeline.table_acts (
    act_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES pipeline.connections,
    stream_id     bigint NOT NULL REFERENCES pipeline.streams,
    act           text NOT NULL CHECK (act IN ('dropped', 'renamed', 'adopted')),
    facts         jsonb NOT NULL,
    done_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline.table_acts (connection_id, act_id);
GRANT SELECT, INSERT ON pipeline.table_acts TO atlas_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pipeline TO atlas_app;
