-- Keys of CAs among the SSH keys. One of them may stand for several API keys, by its principals.
ALTER TABLE ssh_keys
    ADD COLUMN principals text COLLATE "C",         -- of a CA, with commas between; NULL: the key logs in itself
    DROP CONSTRAINT ssh_keys_fingerprint_key;

CREATE UNIQUE INDEX ssh_keys_plain ON ssh_keys (fingerprint) WHERE principals IS NULL;
CREATE UNIQUE INDEX ssh_keys_authorities ON ssh_keys (fingerprint, key_id) WHERE principals IS NOT NULL;
