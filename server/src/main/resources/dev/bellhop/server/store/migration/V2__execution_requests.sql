-- What was asked for, beside the command's text.
ALTER TABLE executions ADD COLUMN argv TEXT;             -- JSON array; NULL: the command is text for a shell
ALTER TABLE executions ADD COLUMN shell TEXT;
ALTER TABLE executions ADD COLUMN labels TEXT;           -- JSON object; NULL: none
ALTER TABLE executions ADD COLUMN timeout_seconds INTEGER;
ALTER TABLE executions ADD COLUMN mode TEXT;
-- What the command wrote in all, where not all of it is stored.
ALTER TABLE executions ADD COLUMN stdout_written INTEGER;
ALTER TABLE executions ADD COLUMN stderr_written INTEGER;
-- What it takes to start it, JSON; NULL once it is no longer pending: it can hold secrets.
ALTER TABLE executions ADD COLUMN delivery TEXT;

CREATE INDEX executions_in_vm ON executions (vmid, id);

CREATE TABLE idempotency_keys (
    key_id       TEXT NOT NULL,
    name         TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    execution_id TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_execution ON idempotency_keys (execution_id);
