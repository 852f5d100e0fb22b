-- Where in its guest the supervisor that was asked for keeps its files. NULL: there is none, or it is where they are now.
ALTER TABLE executions ADD COLUMN asked_spool TEXT;

-- What is open in its guest to read its output, as its agent calls it.
ALTER TABLE executions ADD COLUMN stdout_handle INTEGER;
ALTER TABLE executions ADD COLUMN stderr_handle INTEGER;

-- What V3 found pending it took for supervised, and its agent alone may have run it; then that its guest has no claim of it
-- says nothing. As asked at the beginning of time it is still followed where there is a claim, and lost where there is none,
-- not called rejected, and not run again. Which of those that are pending now V3 found is not known; so all that may be.
UPDATE executions SET asked_at = 0 WHERE state = 'PENDING' AND asked_mode = 'SUPERVISED' AND asked_at = created_at;
