-- When the lines of an attempt, or of a transformation's run, were let go of for their age; how many they were stays.
ALTER TABLE pipeline.log_totals ADD COLUMN forgotten_at timestamptz;
CREATE INDEX ON pipeline.log_totals (attempt_id) WHERE forgotten_at IS NULL;
ALTER TABLE pipeline.transformation_runs ADD COLUMN log_forgotten_at timestamptz;
CREATE INDEX ON pipeline.transformation_runs (ended_at) WHERE log_forgotten_at IS NULL;
