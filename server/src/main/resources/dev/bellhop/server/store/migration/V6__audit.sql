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

-- One row: the last record that was removed for its age, or what stands before the first one; and the last record.
CREATE TABLE audit_ends (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    anchor_seq  INTEGER NOT NULL,
    anchor_hash BLOB NOT NULL,
    head_seq    INTEGER NOT NULL,
    head_hash   BLOB NOT NULL
) STRICT;

INSERT INTO audit_ends VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

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
