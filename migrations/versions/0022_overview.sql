-- When Atlas disabled a connection, and in which job; null where a person did, and of what was disabled before this.
ALTER TABLE pipeline.connections
    ADD COLUMN disabled_at     timestamptz,
    ADD COLUMN disabled_by_job bigint REFERENCES pipeline.jobs;

-- When Atlas began to take the range; null of ranges that were taken before this.
ALTER TABLE pipeline.promotions ADD COLUMN began_at timestamptz;

-- ── The few among the many (decision 0043) ───────────────────────────────────────────────────

CREATE INDEX ON pipeline.promotions (stream_id, promotion_id);
CREATE INDEX promotions_held ON pipeline.promotions (stream_id, promotion_id) WHERE outcome = 'held';
CREATE INDEX column_decisions_to_review ON pii.column_decisions (stream_id) WHERE verdict = 'review' AND decided_by = 'atlas';
CREATE INDEX chart_records_kept ON quarantine.chart_records (stream_id) WHERE status = 'kept';
CREATE INDEX notifications_dead ON pipeline.notifications (rule_id) WHERE status = 'dead';
