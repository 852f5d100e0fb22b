-- What was approved: the SHA-256 of all that decides what runs. What was approved before there was one, and has not been
-- started, waits for approval again: nobody knows what its approver saw.
ALTER TABLE executions ADD COLUMN approval_digest TEXT;
UPDATE executions SET approved_at = NULL, approved_by = NULL WHERE state = 'PENDING' AND approved_at IS NOT NULL;
