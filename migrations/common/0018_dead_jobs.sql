-- Since when a job is given up.
ALTER TABLE jobs ADD COLUMN dead_at BIGINT;
UPDATE jobs SET dead_at = created_at WHERE state = 'dead';
CREATE INDEX jobs_dead ON jobs (organization_id, dead_at) WHERE state = 'dead';
