-- That its guest may have been asked to start it: how, and when at the earliest. NULL: no guest has heard of it.
ALTER TABLE executions ADD COLUMN asked_mode TEXT;
ALTER TABLE executions ADD COLUMN asked_at INTEGER;
-- That somebody wants it to end.
ALTER TABLE executions ADD COLUMN cancel_grace_seconds INTEGER;

-- Of what is pending already nothing is known.
UPDATE executions SET asked_mode = 'SUPERVISED', asked_at = created_at WHERE state = 'PENDING';

-- executions_in_vm does as well, and each index is a page more in every commit.
DROP INDEX executions_by_vm;
