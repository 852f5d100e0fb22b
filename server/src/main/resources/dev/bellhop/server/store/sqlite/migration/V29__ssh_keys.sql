-- Public SSH keys, each of which stands for one API key at the SSH door.
CREATE TABLE ssh_keys (
    id           TEXT PRIMARY KEY,              -- 12 hexadecimal digits
    key_id       TEXT NOT NULL,                 -- the API key
    fingerprint  TEXT NOT NULL UNIQUE,          -- SHA256:…, of the public key
    public_key   TEXT NOT NULL,                 -- as a file .pub has it, without a comment
    label        TEXT,                          -- for people
    added_at     INTEGER NOT NULL,
    added_by     TEXT NOT NULL,                 -- the API key of who registered it
    expires_at   INTEGER,
    last_used_at INTEGER,                       -- of a while ago: it is written now and then
    mac          BLOB                           -- of all above but the last use
) STRICT, WITHOUT ROWID;

CREATE INDEX ssh_keys_of_key ON ssh_keys (key_id);
