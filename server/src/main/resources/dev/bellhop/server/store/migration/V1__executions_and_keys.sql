-- Times are milliseconds since 1970, UTC. What is not known is NULL.

CREATE TABLE executions (
    id           TEXT PRIMARY KEY,              -- UUID of version 7: sorts by creation
    vmid         INTEGER NOT NULL,
    state        TEXT NOT NULL,
    command      TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    pid          INTEGER,
    exit_code    INTEGER,
    signal       INTEGER,
    reason       TEXT,
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    stdout_bytes INTEGER NOT NULL,
    stderr_bytes INTEGER NOT NULL,
    truncated    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A pid's newest execution, and a VM's newest ones: both read backwards by id.
CREATE INDEX executions_by_process ON executions (vmid, pid, id) WHERE pid IS NOT NULL;
CREATE INDEX executions_by_vm ON executions (vmid, id) WHERE pid IS NOT NULL;
CREATE INDEX executions_unfinished ON executions (id) WHERE finished_at IS NULL;
CREATE INDEX executions_by_end ON executions (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE output (
    execution_id  TEXT NOT NULL,
    stream        INTEGER NOT NULL,             -- 1 stdout, 2 stderr
    stream_offset INTEGER NOT NULL,
    bytes         BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX output_by_place ON output (execution_id, stream, stream_offset);

CREATE TABLE keys (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    scopes      TEXT NOT NULL,                  -- joined by spaces
    vms         TEXT,                           -- joined by spaces; NULL: all
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER
) STRICT;
