-- Times are milliseconds since 1970, UTC. NULL: not known, or none. An account_id of NULL is the operator's; where it is part of
-- a key, the empty text stands for it. Columns named sealed_ and mac are encrypted, and bound to their rows.
--
-- Versions up to 21 belong to forms of the database that are not opened any more.

CREATE TABLE executions (
    id                    TEXT PRIMARY KEY,     -- UUID of version 7: sorts by creation
    vmid                  INTEGER NOT NULL,
    state                 TEXT NOT NULL,
    revision              INTEGER NOT NULL,     -- rises with each change of what is stored of it
    key_id                TEXT NOT NULL,
    account_id            TEXT,                 -- of the key that started it, whoever owns the VM by now
    labels                TEXT,                 -- JSON object
    timeout_seconds       INTEGER,
    saved_command         TEXT,                 -- the name of the saved command that it ran, its version, and when that was
    saved_command_version INTEGER,              -- saved: a version is given again where a command was deleted
    saved_command_at      INTEGER,
    created_at            INTEGER NOT NULL,

    -- Until when it can be approved, where it needs that; when, by which key and what (a SHA-256) was approved.
    approval_expires_at   INTEGER,
    approved_at           INTEGER,
    approved_by           TEXT,
    approval_digest       TEXT,
    approval_mac          BLOB,

    -- That its guest may have been asked to start it: how, when at the earliest, where in the guest its supervisor keeps its
    -- files, and which boot of the guest there was before. NULL: no guest has heard of it.
    start_intent_mode     TEXT,
    start_intent_at       INTEGER,
    start_intent_spool    TEXT,
    start_intent_boot     TEXT,

    cancel_grace_seconds  INTEGER,              -- somebody wants it to end
    mode                  TEXT,
    pid                   INTEGER,
    stdout_handle         INTEGER,              -- what is open in its guest to read its output, as its agent calls it
    stderr_handle         INTEGER,
    exit_code             INTEGER,
    signal                INTEGER,
    reason                TEXT,
    started_at            INTEGER,
    finished_at           INTEGER,
    stdout_bytes          INTEGER NOT NULL,     -- stored
    stderr_bytes          INTEGER NOT NULL,
    truncated             INTEGER NOT NULL,
    stdout_written        INTEGER,              -- by the command, where not all of it is stored
    stderr_written        INTEGER,
    stored_bytes          INTEGER NOT NULL,     -- what it takes up in the database, its output included: rather more than less

    sealed_command        BLOB NOT NULL,        -- JSON; the beginning of a long one
    sealed_secret_env     BLOB,                 -- JSON; kept as long as its output, in which the values are masked
    sealed_start_options  BLOB                  -- JSON; NULL once it is no longer pending: it can hold secrets
) STRICT, WITHOUT ROWID;

-- Each index is a page more in every commit.
CREATE INDEX executions_by_process ON executions (vmid, pid, id) WHERE pid IS NOT NULL;
CREATE INDEX executions_in_vm ON executions (vmid, id);
CREATE INDEX executions_of_account ON executions (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX executions_of_account_in_vm ON executions (account_id, vmid, id) WHERE account_id IS NOT NULL;

-- An account's oldest, which go first; and how much an account has, from this index alone.
CREATE INDEX executions_by_end ON executions (account_id, finished_at, id, stored_bytes) WHERE finished_at IS NOT NULL;

-- Lists: those that have not ended, and those that ended otherwise than most do. The latter cost a command that exits nothing.
CREATE INDEX executions_unfinished ON executions (account_id, id, vmid) WHERE finished_at IS NULL;
CREATE INDEX executions_ended_otherwise ON executions (id) WHERE state IN ('CANCELLED', 'LOST', 'REJECTED', 'TIMED_OUT');
CREATE INDEX executions_of_account_ended_otherwise ON executions (account_id, id)
    WHERE state IN ('CANCELLED', 'LOST', 'REJECTED', 'TIMED_OUT');

-- What is long of executions, up to megabytes: rows of executions stay short, and so does what reads many of them.
CREATE TABLE long_contents (
    execution_id TEXT NOT NULL,
    kind         INTEGER NOT NULL,              -- 1 command, 2 start options
    sealed       BLOB NOT NULL                  -- JSON
) STRICT;

CREATE UNIQUE INDEX long_contents_by_execution ON long_contents (execution_id, kind);

CREATE TRIGGER long_contents_end_with_executions AFTER DELETE ON executions
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id;
END;

CREATE TRIGGER long_start_options_end_with_the_wait AFTER UPDATE OF sealed_start_options ON executions
WHEN OLD.sealed_start_options IS NOT NULL AND NEW.sealed_start_options IS NULL
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id AND kind = 2;
END;

CREATE TABLE output (
    execution_id  TEXT NOT NULL,
    stream        INTEGER NOT NULL,             -- 1 stdout, 2 stderr
    stream_offset INTEGER NOT NULL,
    bytes         BLOB NOT NULL                 -- encrypted
) STRICT;

CREATE UNIQUE INDEX output_by_place ON output (execution_id, stream, stream_offset);

-- The labels of executions once more, to find executions by. Each key ends with the execution, so that lists come newest first.
CREATE TABLE execution_labels (
    name         TEXT NOT NULL,
    value        TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    vmid         INTEGER NOT NULL,
    account_id   TEXT,
    PRIMARY KEY (name, value, execution_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX execution_labels_in_vm ON execution_labels (name, value, vmid, execution_id);
CREATE INDEX execution_labels_of_account ON execution_labels (account_id, name, value, execution_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX execution_labels_by_execution ON execution_labels (execution_id);

CREATE TABLE idempotency_keys (
    key_id       TEXT NOT NULL,
    name         TEXT NOT NULL,
    request_hash BLOB NOT NULL,                 -- encrypted: a hash tells whoever guesses right
    execution_id TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_execution ON idempotency_keys (execution_id);

-- Long work on a VM itself: switching it on and off.
CREATE TABLE operations (
    id               TEXT PRIMARY KEY,          -- UUID of version 7
    vmid             INTEGER NOT NULL,
    action           TEXT NOT NULL,
    force            INTEGER NOT NULL,          -- whether the plug may be pulled once the grace period is over
    grace_seconds    INTEGER NOT NULL,
    key_id           TEXT NOT NULL,
    account_id       TEXT,
    idempotency_name TEXT,
    state            TEXT NOT NULL,
    steps            TEXT NOT NULL,             -- KIND@MILLISECONDS each, with blanks between them
    failure          TEXT,
    created_at       INTEGER NOT NULL,
    finished_at      INTEGER,
    mac              BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX operations_in_vm ON operations (vmid, id);
CREATE INDEX operations_of_account ON operations (account_id, vmid, id) WHERE account_id IS NOT NULL;
CREATE INDEX operations_by_name ON operations (key_id, idempotency_name) WHERE idempotency_name IS NOT NULL;
CREATE INDEX operations_by_end ON operations (finished_at);

-- The names that other requests gave to an operation that was under way already, and the same that they asked for.
CREATE TABLE operation_names (
    key_id       TEXT NOT NULL,
    name         TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_names_by_operation ON operation_names (operation_id);

CREATE TABLE keys (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    account_id       TEXT,
    secret_hash      BLOB NOT NULL,
    secret_number    INTEGER NOT NULL,          -- how many secrets it has had
    old_secret_hash  BLOB,                      -- of the one before this one, as long as that is valid
    old_secret_until INTEGER,
    scopes           TEXT NOT NULL,             -- joined by spaces
    vms              TEXT,                      -- joined by spaces; NULL: all
    networks         TEXT,                      -- joined by spaces; NULL: from anywhere
    policy           TEXT,                      -- JSON
    labels           TEXT,                      -- JSON: what all its commands have, and those alone have that it sees
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER,
    last_used_at     INTEGER,                   -- of a while ago: it is written now and then
    mac              BLOB
) STRICT;

-- Tenants, and whose VMs are whose.
CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    policy     TEXT,                            -- JSON
    created_at INTEGER NOT NULL,
    mac        BLOB
) STRICT;

CREATE TABLE account_vms (
    vmid       INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    mac        BLOB
) STRICT;

-- What is masked in the output of an account's commands. They outlive their account, as its executions do.
CREATE TABLE masks (
    account_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    pattern    BLOB NOT NULL,                   -- encrypted
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- Commands that were saved to be run by name, each version.
CREATE TABLE saved_commands (
    account_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    definition BLOB NOT NULL,                   -- JSON, encrypted
    created_at INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    PRIMARY KEY (account_id, name, version)
) STRICT, WITHOUT ROWID;

-- What was done, by whom: each record with its hash and that of the record before it.
CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    action       TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    key_id       TEXT,
    account      TEXT,
    address      TEXT,
    request_id   TEXT,
    vmid         INTEGER,
    execution_id TEXT,
    state        TEXT,
    subject      TEXT,
    status       INTEGER,
    code         TEXT,
    count        INTEGER,
    previous     BLOB NOT NULL,
    hash         BLOB NOT NULL
) STRICT;

-- One row: the last record that was removed for its age, or what stands before the first one; the last record; and the last one
-- that was in the database file itself when the log (-wal) was begun anew: a file that lacks it is older than the log beside it.
CREATE TABLE audit_ends (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    anchor_seq  INTEGER NOT NULL,
    anchor_hash BLOB NOT NULL,
    head_seq    INTEGER NOT NULL,
    head_hash   BLOB NOT NULL,
    base_seq    INTEGER NOT NULL
) STRICT;

INSERT INTO audit_ends VALUES (1, 0, zeroblob(32), 0, zeroblob(32), 0);

-- Against slips. Who means harm can drop these, and is found out by the hashes.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
WHEN old.seq > (SELECT anchor_seq FROM audit_ends)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;

-- One row: what tells other encryption keys from those that all this is encrypted with, and the key that all of it was
-- encrypted with when that was last so.
CREATE TABLE encryption (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    check_value BLOB NOT NULL,
    renewed_by  INTEGER NOT NULL
) STRICT;

INSERT INTO encryption VALUES (1, x'${check}', ${key});

-- One row: the server that uses the database, or did last.
CREATE TABLE server_run (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    file_id TEXT NOT NULL,                      -- what tells the file that it used from a copy
    stopped INTEGER NOT NULL                    -- whether it has closed the database
) STRICT;
