-- Public SSH keys, each of which stands for one API key at the SSH door.
CREATE TABLE ssh_keys (
    id           text COLLATE "C" PRIMARY KEY,  -- 12 hexadecimal digits
    key_id       text COLLATE "C" NOT NULL,     -- the API key
    fingerprint  text COLLATE "C" NOT NULL UNIQUE, -- SHA256:…, of the public key
    public_key   text COLLATE "C" NOT NULL,     -- as a file .pub has it, without a comment
    label        text COLLATE "C",              -- for people
    added_at     bigint NOT NULL,
    added_by     text COLLATE "C" NOT NULL,     -- the API key of who registered it
    expires_at   bigint,
    last_used_at bigint,                        -- of a while ago: it is written now and then
    mac          bytea                          -- of all above but the last use
);

CREATE INDEX ssh_keys_of_key ON ssh_keys (key_id);

INSERT INTO generations VALUES ('ssh_keys', 0);
