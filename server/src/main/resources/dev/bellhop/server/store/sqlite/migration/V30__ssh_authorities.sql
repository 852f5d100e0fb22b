-- Keys of CAs among the SSH keys. One of them may stand for several API keys, by its principals.
CREATE TABLE new_ssh_keys (
    id           TEXT PRIMARY KEY,              -- 12 hexadecimal digits
    key_id       TEXT NOT NULL,                 -- the API key
    fingerprint  TEXT NOT NULL,                 -- SHA256:…, of the public key
    public_key   TEXT NOT NULL,                 -- as a file .pub has it, without a comment
    label        TEXT,                          -- for people
    added_at     INTEGER NOT NULL,
    added_by     TEXT NOT NULL,                 -- the API key of who registered it
    expires_at   INTEGER,
    last_used_at INTEGER,                       -- of a while ago: it is written now and then
    mac          BLOB,                          -- of all but the last use
    principals   TEXT                           -- of a CA, with commas between; NULL: the key logs in itself
) STRICT, WITHOUT ROWID;

INSERT INTO new_ssh_keys (id, key_id, fingerprint, public_key, label, added_at, added_by, expires_at, last_used_at, mac)
SELECT id, key_id, fingerprint, public_key, label, added_at, added_by, expires_at, last_used_at, mac FROM ssh_keys;

DROP TABLE ssh_keys;
ALTER TABLE new_ssh_keys RENAME TO ssh_keys;

CREATE INDEX ssh_keys_of_key ON ssh_keys (key_id);
CREATE UNIQUE INDEX ssh_keys_plain ON ssh_keys (fingerprint) WHERE principals IS NULL;
CREATE UNIQUE INDEX ssh_keys_authorities ON ssh_keys (fingerprint, key_id) WHERE principals IS NOT NULL;
