-- Attempts that are running, and whose server has not crashed since they began. Landings commit without waiting for the
-- disk (decision 0014), so a crash may take back the newest of them while the process that made them lives on and
-- believes them there. PostgreSQL empties an unlogged table when it recovers from a crash, and has it empty where a
-- standby takes over: an attempt whose sign is gone is refused, and its job goes on from what was committed.
CREATE UNLOGGED TABLE pipeline.attempt_signs (
    attempt_id bigint PRIMARY KEY
);
INSERT INTO pipeline.attempt_signs SELECT attempt_id FROM pipeline.attempts WHERE status = 'running';

GRANT SELECT, INSERT, DELETE ON pipeline.attempt_signs TO atlas_app;
