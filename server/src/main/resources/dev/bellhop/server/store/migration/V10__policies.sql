-- Which commands a key, or the keys of an account, may run: JSON. NULL: there is no policy, and all may be run.
ALTER TABLE keys ADD COLUMN policy TEXT;
ALTER TABLE accounts ADD COLUMN policy TEXT;

-- Commands that were saved to be run by name, each version.
CREATE TABLE saved_commands (
    account_id TEXT NOT NULL,                   -- empty: the operator's
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    definition BLOB NOT NULL,                   -- JSON, encrypted
    created_at INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    PRIMARY KEY (account_id, name, version)
) STRICT, WITHOUT ROWID;

-- Which of them an execution ran. NULL: none.
ALTER TABLE executions ADD COLUMN saved_command TEXT;
ALTER TABLE executions ADD COLUMN saved_command_version INTEGER;
