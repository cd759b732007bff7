-- A decision on a quarantined record is of the record's stream: a correction and a dismissal have no job, and the wall, which
-- asked for one, kept them from all who have a role in some workspaces alone.
ALTER TABLE quarantine.decisions ADD COLUMN stream_id bigint REFERENCES pipeline.streams;
UPDATE quarantine.decisions d SET stream_id = r.stream_id
FROM quarantine.records r WHERE r.boundary = d.boundary AND r.quarantine_id = d.quarantine_id;
-- Of a record that went with its tables nobody knows it any more; of those to come each has one.
ALTER TABLE quarantine.decisions ADD CONSTRAINT decisions_have_a_stream CHECK (stream_id IS NOT NULL) NOT VALID;
ALTER POLICY of_its_workspace ON quarantine.decisions USING (
    (SELECT pipeline.sees_everything()) OR (SELECT true FROM pipeline.seen_streams v WHERE v.stream_id = decisions.stream_id));
