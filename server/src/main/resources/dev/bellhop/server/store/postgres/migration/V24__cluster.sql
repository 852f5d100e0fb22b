-- What several servers need that use this database at the same time.

-- Whether the server is one of a cluster; and when it committed last, by this database's clock. A row that has not been used for a
-- day is removed by the next server that starts.
ALTER TABLE writers
    ADD COLUMN clustered boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN seen_at   timestamptz NOT NULL DEFAULT now();

-- How often each kind of what servers hold in memory has changed. A server that changes it raises the number in the same
-- transaction; the others look once a second, and load anew what has changed.
CREATE TABLE generations (
    kind   text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL
);

INSERT INTO generations VALUES ('accounts', 0), ('keys', 0), ('masks', 0), ('saved_commands', 0);

-- Entries of the audit trail that are not in its chain yet, in the transaction of what they are about. One server of the cluster
-- appends them to the chain within a second. The columns are those of the chain.
CREATE TABLE audit_pending (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           bigint NOT NULL,
    action       text COLLATE "C" NOT NULL,
    outcome      text COLLATE "C" NOT NULL,
    key_id       text COLLATE "C",
    account      text COLLATE "C",
    address      text COLLATE "C",
    request_id   text COLLATE "C",
    vmid         bigint,
    execution_id text COLLATE "C",
    state        text COLLATE "C",
    subject      text COLLATE "C",
    status       integer,
    code         text COLLATE "C",
    count        bigint
);
