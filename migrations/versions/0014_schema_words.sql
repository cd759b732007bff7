-- A column that was renamed is read from the paths before where a record does not have its own: `formerly`, the
-- newest first. Where values do not fit, they may stand beside it, as JSON, in `{column}__variant`.
ALTER TABLE pipeline.columns
    ADD COLUMN formerly jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN has_variant boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT columns_contract_check,
    ADD CONSTRAINT columns_contract_check
        CHECK (contract IN ('evolve', 'freeze', 'discard_value', 'discard_row', 'variant'));

-- A change that is accepted waits for the next job, which makes chart and history anew by `primary_key`.
ALTER TABLE pipeline.schema_changes
    ADD COLUMN primary_key jsonb,
    DROP CONSTRAINT schema_changes_status_check,
    ADD CONSTRAINT schema_changes_status_check
        CHECK (status IN ('pending', 'accepted', 'adopted', 'rejected', 'overtaken'));

-- What explore has of columns that came later, to be taken to chart and history by the next job, range by range.
-- `through_batch`: the last batch that was looked at. `rows` of chart and `versions` of history have a value now;
-- `misfits` are values that do not fit their column.
CREATE TABLE pipeline.column_backfills (
    stream_id      bigint NOT NULL REFERENCES pipeline.streams,
    schema_version integer NOT NULL,
    columns        text[] NOT NULL,
    through_batch  bigint NOT NULL DEFAULT 0,
    rows           bigint NOT NULL DEFAULT 0,
    versions       bigint NOT NULL DEFAULT 0,
    misfits        bigint NOT NULL DEFAULT 0,
    asked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at        timestamptz,
    PRIMARY KEY (stream_id, schema_version)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON pipeline.column_backfills TO atlas_app;

-- Another key changes what became of records that were published: booked beside what is booked.
ALTER TABLE pipeline.promotions
    DROP CONSTRAINT promotions_outcome_check,
    ADD CONSTRAINT promotions_outcome_check CHECK (outcome IN ('published', 'held', 'replayed', 'rekeyed'));

CREATE OR REPLACE FUNCTION pipeline.note_promotion() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline.add_job_event(a.job_id, a.attempt_id, 'range_' || NEW.outcome, jsonb_build_object(
        'promotionId', NEW.promotion_id, 'stream', s.name, 'namespace', nullif(s.namespace, ''),
        'afterBatch', NEW.after_batch, 'lastBatch', NEW.last_batch,
        'charted', o.charted, 'quarantined', o.quarantined))
    FROM pipeline.attempts a
    JOIN pipeline.streams s ON s.stream_id = NEW.stream_id
    CROSS JOIN LATERAL (
        SELECT sum(b.charted) AS charted, sum(b.quarantined) AS quarantined
        FROM (SELECT charted, quarantined FROM pipeline.batch_outcomes
              WHERE promotion_id = NEW.promotion_id
                AND batch_id > NEW.after_batch AND batch_id <= NEW.last_batch
              UNION ALL
              SELECT charted, quarantined FROM pipeline.batch_adjustments
              WHERE NEW.outcome IN ('replayed', 'rekeyed') AND promotion_id = NEW.promotion_id) b
    ) o
    WHERE a.attempt_id = NEW.attempt_id;
    RETURN NULL;
END $$;
