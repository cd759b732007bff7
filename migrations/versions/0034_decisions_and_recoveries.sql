-- A decision on a quarantined record is of the record's stream: a correction and a dismissal have no job, and the wall, which
-- asked for one, kept them from all who have a role in some workspaces alone.
ALTER TABLE quarantine.decisions ADD COLUMN stream_id bigint REFERENCES pipeline.streams;
UPDATE quarantine.decisions d SET stream_id = r.stream_id
FROM quarantine.records r WHERE r.boundary = d.boundary AND r.quarantine_id = d.quarantine_id;
-- Of a record that went with its tables nobody knows it any more; of those to come each has one.
ALTER TABLE quarantine.decisions ADD CONSTRAINT decisions_have_a_stream CHECK (stream_id IS NOT NULL) NOT VALID;
ALTER POLICY of_its_workspace ON quarantine.decisions USING (
    (SELECT pipeline.sees_everything()) OR (SELECT true FROM pipeline.seen_streams v WHERE v.stream_id = decisions.stream_id));

-- Only a job that has read its source says whether the next one will: an older generation that is brought back does not, and
-- is no recovery, nor what a recovery is one from.
CREATE OR REPLACE FUNCTION pipeline.notify_of_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    occasion text;
    before   text;
    read     bigint;
    bad      bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pipeline.notification_rules
                   WHERE connection_id = NEW.connection_id AND is_active) THEN
        RETURN NULL;
    END IF;
    FOREACH occasion IN ARRAY ARRAY['failure', 'recovery', 'schema_change', 'quarantine'] LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pipeline.notification_rules r
                                  WHERE r.connection_id = NEW.connection_id AND r.is_active
                                    AND occasion = ANY (r.occasions));
        read := NULL;
        bad := NULL;
        CASE occasion
        WHEN 'failure' THEN
            CONTINUE WHEN NEW.kind <> 'job_failed';
        WHEN 'recovery' THEN
            CONTINUE WHEN NEW.kind <> 'job_succeeded' OR NOT EXISTS (
                SELECT FROM pipeline.jobs j
                WHERE j.job_id = NEW.job_id AND j.job_type IN ('sync', 'refresh') AND j.options ->> 'generation' IS NULL);
            SELECT j.status INTO before FROM pipeline.jobs j
            WHERE j.connection_id = NEW.connection_id AND j.job_id < NEW.job_id
              AND j.status IN ('succeeded', 'failed')
              AND j.job_type IN ('sync', 'refresh') AND j.options ->> 'generation' IS NULL
            ORDER BY j.job_id DESC LIMIT 1;
            CONTINUE WHEN before IS DISTINCT FROM 'failed';
        WHEN 'schema_change' THEN
            CONTINUE WHEN NEW.kind <> 'schema_changed';
        WHEN 'quarantine' THEN
            CONTINUE WHEN NEW.kind NOT IN ('job_succeeded', 'job_failed');
            SELECT sum(q.read), sum(q.bad) INTO read, bad FROM pipeline.quarantine_of_jobs q WHERE q.job_id = NEW.job_id;
            CONTINUE WHEN coalesce(bad, 0) = 0;
        END CASE;
        INSERT INTO pipeline.notifications (rule_id, event_id, occasion, facts)
        SELECT r.rule_id, NEW.event_id, occasion, jsonb_strip_nulls(jsonb_build_object(
            'connectionId', NEW.connection_id, 'connection', c.name, 'jobId', NEW.job_id,
            'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'failure', NEW.payload -> 'failure', 'read', read, 'quarantined', bad,
            'stream', NEW.payload -> 'stream'))
        FROM pipeline.notification_rules r JOIN pipeline.connections c USING (connection_id)
        WHERE r.connection_id = NEW.connection_id AND r.is_active AND occasion = ANY (r.occasions)
          AND (occasion <> 'quarantine' OR bad > r.quarantine_share * read);
    END LOOP;
    RETURN NULL;
END $$;
