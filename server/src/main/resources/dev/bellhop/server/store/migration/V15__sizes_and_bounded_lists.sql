-- What an execution takes up in the database, its output included, in bytes: about so many, rather more than less.
ALTER TABLE executions ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;

-- What has at most 500 bytes counts as it is, and what has more by pages: as the server counts what it adds.
UPDATE executions SET kept_bytes = 1024 + 4 * coalesce(length(labels), 0)
    + iif(length(sealed_command) + coalesce(length(sealed_secret_env), 0) <= 500,
        length(sealed_command) + coalesce(length(sealed_secret_env), 0),
        (length(sealed_command) + coalesce(length(sealed_secret_env), 0) + 4095) / 4096 * 4096)
    + iif(coalesce(length(sealed_delivery), 0) <= 500,
        coalesce(length(sealed_delivery), 0),
        (length(sealed_delivery) + 4095) / 4096 * 4096)
    + (SELECT coalesce(sum(256 + iif(length(bytes) <= 500, length(bytes), (length(bytes) + 4095) / 4096 * 4096)), 0)
        FROM output WHERE execution_id = executions.id);

-- An account's oldest, which go first; and how much an account has, from this index alone.
DROP INDEX executions_by_end;
CREATE INDEX executions_by_end ON executions (account_id, finished_at, id, kept_bytes) WHERE finished_at IS NOT NULL;

-- Lists: those that have not ended, and those that ended otherwise than most do. The latter cost a command that exits nothing.
DROP INDEX executions_unfinished;
CREATE INDEX executions_unfinished ON executions (account_id, id, vmid) WHERE finished_at IS NULL;
CREATE INDEX executions_ended_otherwise ON executions (id) WHERE state IN ('CANCELLED', 'LOST', 'REJECTED', 'TIMED_OUT');
CREATE INDEX executions_of_account_ended_otherwise ON executions (account_id, id)
    WHERE state IN ('CANCELLED', 'LOST', 'REJECTED', 'TIMED_OUT');

-- Whose they are, so that a list of an account goes through no labels of others.
ALTER TABLE execution_labels ADD COLUMN account_id TEXT;
UPDATE execution_labels SET account_id = (SELECT account_id FROM executions WHERE executions.id = execution_id);
CREATE INDEX execution_labels_of_account ON execution_labels (account_id, name, value, execution_id)
    WHERE account_id IS NOT NULL;

CREATE INDEX jobs_of_account ON jobs (account_id, vmid, id) WHERE account_id IS NOT NULL;
