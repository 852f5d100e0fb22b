-- The work that one server of a cluster does at a time. Once a second each server extends its leases and claims expired leases. The term
-- rises with each new holder: it is the fencing number.
CREATE TABLE duties (
    duty       integer PRIMARY KEY,
    holder     text COLLATE "C" NOT NULL,
    term       bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
