-- When Atlas disabled a connection, and in which job; null where a person did, and of what was disabled before this.
ALTER TABLE pipeline.connections
    ADD COLUMN disabled_at     timestamptz,
    ADD COLUMN disabled_by_job bigint REFERENCES pipeline.jobs;

-- When Atlas began to take the range; null of ranges that were taken before this, and where none was taken anew:
-- records that are booked as superseded, or under another key.
ALTER TABLE pipeline.promotions ADD COLUMN began_at timestamptz;

-- ── The few among the many (decision 0043) ───────────────────────────────────────────────────

CREATE INDEX jobs_good ON pipeline.jobs (connection_id, job_id)
    WHERE status = 'succeeded' AND job_type IN ('sync', 'refresh') AND options ->> 'generation' IS NULL;
CREATE INDEX jobs_failed ON pipeline.jobs (connection_id, job_id) WHERE status = 'failed';
CREATE INDEX ON pipeline.promotions (stream_id, promotion_id);
CREATE INDEX ON pipeline.batch_adjustments (batch_id);
CREATE INDEX promotions_held ON pipeline.promotions (stream_id, promotion_id) WHERE outcome = 'held';
CREATE INDEX column_decisions_to_review ON pii.column_decisions (stream_id) WHERE verdict = 'review' AND decided_by = 'atlas';
CREATE INDEX chart_records_kept ON quarantine.chart_records (stream_id) WHERE status = 'kept';
CREATE INDEX notifications_dead ON pipeline.notifications (rule_id) WHERE status = 'dead';

-- ── Sums of many rows, whose workspace is asked once ─────────────────────────────────────────

-- What explore has of jobs: as `explored` of pipeline.ledger, with its owner's rights, of the jobs that who asks may
-- see. Jobs of which nothing landed are left out.
CREATE FUNCTION pipeline.explored_of(jobs bigint[]) RETURNS TABLE (job_id bigint, records bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS MATERIALIZED (
        SELECT j.job_id FROM unnest(jobs) AS j (job_id)
        WHERE (SELECT pipeline.sees_everything()) OR pipeline.sees_job_id(j.job_id)
    )
    SELECT a.job_id, sum(b.explored + coalesce((SELECT sum(d.explored) FROM pipeline.batch_adjustments d
                                                WHERE d.batch_id = b.batch_id), 0))::bigint
    FROM seen
    JOIN pipeline.attempts a USING (job_id)
    JOIN pipeline.batches b USING (attempt_id)
    JOIN pipeline.streams s ON s.stream_id = b.stream_id AND s.selected
    WHERE b.voided_at IS NULL
    GROUP BY a.job_id
$$;

-- Batches of jobs whose books do not balance: as `is_balanced` of pipeline.batch_ledger, in the same way.
CREATE FUNCTION pipeline.unbalanced_of(jobs bigint[]) RETURNS TABLE (job_id bigint, batches integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS MATERIALIZED (
        SELECT j.job_id FROM unnest(jobs) AS j (job_id)
        WHERE (SELECT pipeline.sees_everything()) OR pipeline.sees_job_id(j.job_id)
    )
    SELECT a.job_id, count(*)::integer
    FROM seen
    JOIN pipeline.attempts a USING (job_id)
    JOIN pipeline.batches b USING (attempt_id)
    JOIN pipeline.streams s ON s.stream_id = b.stream_id AND s.selected
    LEFT JOIN pipeline.batch_outcomes o USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(k.explored), 0) AS explored, coalesce(sum(k.rejected), 0) AS rejected,
               coalesce(sum(k.charted + k.superseded + k.quarantined + k.deleted), 0) AS accounted
        FROM pipeline.batch_adjustments k WHERE k.batch_id = b.batch_id
    ) d
    WHERE b.voided_at IS NULL
      AND (b.read <> b.explored + b.rejected + b.unchanged + b.out_of_range + d.explored + d.rejected
           OR CASE WHEN o.batch_id IS NULL THEN 0 ELSE b.explored END + d.explored
              <> coalesce(o.charted + o.superseded + o.quarantined + o.deleted, 0) + d.accounted)
    GROUP BY a.job_id
$$;

-- Records of connections that are in quarantine, by stream: of the connections that who asks may see.
CREATE FUNCTION quarantine.kept_of(connections uuid[])
RETURNS TABLE (connection_id uuid, stream_id bigint, records bigint, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT c.connection_id FROM unnest(connections) AS c (connection_id)
        WHERE (SELECT pipeline.sees_everything()) OR pipeline.sees_connection_id(c.connection_id)
    )
    SELECT s.connection_id, s.stream_id, count(*), min(r.seen_at)
    FROM seen
    JOIN pipeline.streams s USING (connection_id)
    JOIN quarantine.records r ON r.stream_id = s.stream_id AND r.status = 'kept'
    GROUP BY s.connection_id, s.stream_id
$$;

REVOKE ALL ON FUNCTION pipeline.explored_of, pipeline.unbalanced_of, quarantine.kept_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pipeline.explored_of, pipeline.unbalanced_of, quarantine.kept_of TO atlas_app;
