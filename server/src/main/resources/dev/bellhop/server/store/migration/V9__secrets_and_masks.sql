-- Variables of the command whose values are never shown, encrypted; NULL: none. Kept as long as its output, which they are masked in.
ALTER TABLE executions ADD COLUMN sealed_secret_env BLOB;

-- Patterns, encrypted, of what is masked in the output of an account's commands; of the operator's, where the account is empty. They outlive their
-- account, as its executions do.
CREATE TABLE masks (
    account_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    pattern    BLOB NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
