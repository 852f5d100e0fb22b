-- Long work on a VM itself: switching it on and off.
CREATE TABLE jobs (
    id               TEXT PRIMARY KEY,
    vmid             INTEGER NOT NULL,
    action           TEXT NOT NULL,
    -- Whether the plug may be pulled once the grace period is over.
    force            INTEGER NOT NULL,
    grace_seconds    INTEGER NOT NULL,
    key_id           TEXT NOT NULL,
    account_id       TEXT,
    -- The caller's own name for it, within its key; NULL: none.
    idempotency_name TEXT,
    state            TEXT NOT NULL,
    -- KIND@MILLISECONDS each, with blanks between them.
    steps            TEXT NOT NULL,
    -- Why it failed; NULL: it has not.
    failure          TEXT,
    created_at       INTEGER NOT NULL,
    finished_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_of_vm ON jobs (vmid, id);
CREATE INDEX jobs_by_name ON jobs (key_id, idempotency_name) WHERE idempotency_name IS NOT NULL;
CREATE INDEX jobs_by_end ON jobs (finished_at);
