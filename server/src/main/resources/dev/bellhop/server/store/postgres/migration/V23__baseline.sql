-- Times are milliseconds since 1970, UTC. NULL: not known, or none. An account_id of NULL is the operator's; where it is part of
-- a key, the empty text stands for it. Columns named sealed_ and mac are encrypted, and bound to their rows.
--
-- The same tables as SQLite's of this version. Text sorts by its bytes, as there. What is encrypted cannot be compressed, and is not
-- tried to be: STORAGE EXTERNAL.

CREATE TABLE executions (
    id                    text COLLATE "C" PRIMARY KEY, -- UUID of version 7: sorts by creation
    vmid                  bigint NOT NULL,
    state                 text COLLATE "C" NOT NULL,
    revision              bigint NOT NULL,      -- rises with each change of what is stored of it
    key_id                text COLLATE "C" NOT NULL,
    account_id            text COLLATE "C",     -- of the key that started it, whoever owns the VM by now
    labels                text COLLATE "C",     -- JSON object
    timeout_seconds       bigint,
    saved_command         text COLLATE "C",     -- the name of the saved command that it ran, its version, and when that was
    saved_command_version integer,              -- saved: a version is given again where a command was deleted
    saved_command_at      bigint,
    created_at            bigint NOT NULL,

    -- Until when it can be approved, where it needs that; when, by which key and what (a SHA-256) was approved.
    approval_expires_at   bigint,
    approved_at           bigint,
    approved_by           text COLLATE "C",
    approval_digest       text COLLATE "C",
    approval_mac          bytea,

    -- That its guest may have been asked to start it: how, when at the earliest, where in the guest its supervisor keeps its
    -- files, and which boot of the guest there was before. NULL: no guest has heard of it.
    start_intent_mode     text COLLATE "C",
    start_intent_at       bigint,
    start_intent_spool    text COLLATE "C",
    start_intent_boot     text COLLATE "C",

    cancel_grace_seconds  bigint,               -- somebody wants it to end
    mode                  text COLLATE "C",
    pid                   bigint,
    stdout_handle         bigint,               -- what is open in its guest to read its output, as its agent calls it
    stderr_handle         bigint,
    exit_code             integer,
    signal                integer,
    reason                text COLLATE "C",
    started_at            bigint,
    finished_at           bigint,
    stdout_bytes          bigint NOT NULL,      -- stored
    stderr_bytes          bigint NOT NULL,
    truncated             boolean NOT NULL,
    stdout_written        bigint,               -- by the command, where not all of it is stored
    stderr_written        bigint,
    stored_bytes          bigint NOT NULL,      -- what it takes up in the database, its output included: rather more than less

    sealed_command        bytea STORAGE EXTERNAL NOT NULL, -- JSON; the beginning of a long one
    sealed_secret_env     bytea STORAGE EXTERNAL, -- JSON; kept as long as its output, in which the values are masked
    sealed_start_options  bytea STORAGE EXTERNAL -- JSON; NULL once it is no longer pending: it can hold secrets
);

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
    execution_id text COLLATE "C" NOT NULL,
    kind         integer NOT NULL,              -- 1 command, 2 start options
    sealed       bytea STORAGE EXTERNAL NOT NULL -- JSON
);

CREATE UNIQUE INDEX long_contents_by_execution ON long_contents (execution_id, kind);

CREATE FUNCTION delete_long_contents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER long_contents_end_with_executions AFTER DELETE ON executions
    FOR EACH ROW EXECUTE FUNCTION delete_long_contents();

CREATE FUNCTION delete_long_start_options() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id AND kind = 2;
    RETURN NULL;
END;
$$;

CREATE TRIGGER long_start_options_end_with_the_wait AFTER UPDATE OF sealed_start_options ON executions
    FOR EACH ROW WHEN (OLD.sealed_start_options IS NOT NULL AND NEW.sealed_start_options IS NULL)
    EXECUTE FUNCTION delete_long_start_options();

CREATE TABLE output (
    execution_id  text COLLATE "C" NOT NULL,
    stream        integer NOT NULL,             -- 1 stdout, 2 stderr
    stream_offset bigint NOT NULL,
    bytes         bytea STORAGE EXTERNAL NOT NULL, -- encrypted
    read_at       bigint                        -- when the server read it from the guest; bytes are bound to it
);

CREATE UNIQUE INDEX output_by_place ON output (execution_id, stream, stream_offset);

-- The labels of executions once more, to find executions by. Each key ends with the execution, so that lists come newest first.
CREATE TABLE execution_labels (
    name         text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C" NOT NULL,
    vmid         bigint NOT NULL,
    account_id   text COLLATE "C",
    PRIMARY KEY (name, value, execution_id)
);

CREATE INDEX execution_labels_in_vm ON execution_labels (name, value, vmid, execution_id);
CREATE INDEX execution_labels_of_account ON execution_labels (account_id, name, value, execution_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX execution_labels_by_execution ON execution_labels (execution_id);

CREATE TABLE idempotency_keys (
    key_id       text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,                -- encrypted: a hash tells whoever guesses right
    execution_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (key_id, name)
);

CREATE INDEX idempotency_keys_by_execution ON idempotency_keys (execution_id);

-- Long work on a VM itself: switching it on and off.
CREATE TABLE operations (
    id               text COLLATE "C" PRIMARY KEY, -- UUID of version 7
    vmid             bigint NOT NULL,
    action           text COLLATE "C" NOT NULL,
    force            boolean NOT NULL,          -- whether the plug may be pulled once the grace period is over
    grace_seconds    bigint NOT NULL,
    key_id           text COLLATE "C" NOT NULL,
    account_id       text COLLATE "C",
    idempotency_name text COLLATE "C",
    state            text COLLATE "C" NOT NULL,
    steps            text COLLATE "C" NOT NULL, -- KIND@MILLISECONDS each, with blanks between them
    failure          text COLLATE "C",
    created_at       bigint NOT NULL,
    finished_at      bigint,
    mac              bytea
);

CREATE INDEX operations_in_vm ON operations (vmid, id);
CREATE INDEX operations_of_account ON operations (account_id, vmid, id) WHERE account_id IS NOT NULL;
CREATE INDEX operations_by_name ON operations (key_id, idempotency_name) WHERE idempotency_name IS NOT NULL;
CREATE INDEX operations_by_end ON operations (finished_at);

-- The names that other requests gave to an operation that was under way already, and the same that they asked for.
CREATE TABLE operation_names (
    key_id       text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    operation_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (key_id, name)
);

CREATE INDEX operation_names_by_operation ON operation_names (operation_id);

CREATE TABLE keys (
    id               text COLLATE "C" PRIMARY KEY,
    name             text COLLATE "C" NOT NULL,
    account_id       text COLLATE "C",
    secret_hash      bytea NOT NULL,
    secret_number    integer NOT NULL,          -- how many secrets it has had
    old_secret_hash  bytea,                     -- of the one before this one, as long as that is valid
    old_secret_until bigint,
    scopes           text COLLATE "C" NOT NULL, -- joined by spaces
    vms              text COLLATE "C",          -- joined by spaces; NULL: all
    networks         text COLLATE "C",          -- joined by spaces; NULL: from anywhere
    policy           text COLLATE "C",          -- JSON
    labels           text COLLATE "C",          -- JSON: what all its commands have, and those alone have that it sees
    created_at       bigint NOT NULL,
    expires_at       bigint,
    revoked_at       bigint,
    last_used_at     bigint,                    -- of a while ago: it is written now and then
    mac              bytea
);

-- Tenants, and whose VMs are whose.
CREATE TABLE accounts (
    id         text COLLATE "C" PRIMARY KEY,
    name       text COLLATE "C" NOT NULL,
    policy     text COLLATE "C",                -- JSON
    created_at bigint NOT NULL,
    mac        bytea
);

CREATE TABLE account_vms (
    vmid       bigint PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    mac        bytea
);

-- What is masked in the output of an account's commands. They outlive their account, as its executions do.
CREATE TABLE masks (
    account_id text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    pattern    bytea NOT NULL,                  -- encrypted
    PRIMARY KEY (account_id, name)
);

-- Commands that were saved to be run by name, each version.
CREATE TABLE saved_commands (
    account_id text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    definition bytea NOT NULL,                  -- JSON, encrypted
    created_at bigint NOT NULL,
    key_id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, name, version)
);

-- What was done, by whom: each record with its hash and that of the record before it.
CREATE TABLE audit (
    seq          bigint PRIMARY KEY,
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
    count        bigint,
    previous     bytea NOT NULL,
    hash         bytea NOT NULL
);

-- One row: the last record that was removed for its age, or what stands before the first one; and the last record. base_seq is
-- SQLite's, and stays 0 here.
CREATE TABLE audit_ends (
    id          integer PRIMARY KEY CHECK (id = 1),
    anchor_seq  bigint NOT NULL,
    anchor_hash bytea NOT NULL,
    head_seq    bigint NOT NULL,
    head_hash   bytea NOT NULL,
    base_seq    bigint NOT NULL
);

INSERT INTO audit_ends VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'), 0);

-- Against slips. Who means harm can drop these, and is found out by the hashes.
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to';
END;
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

CREATE FUNCTION refuse_shorter_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone, audit_ends WHERE gone.seq > audit_ends.anchor_seq) THEN
        RAISE EXCEPTION 'the audit trail is only ever added to';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER audit_is_not_shortened AFTER DELETE ON audit REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_shorter_audit();

-- One row: what tells other encryption keys from those that all this is encrypted with, and the key that all of it was
-- encrypted with when that was last so.
CREATE TABLE encryption (
    id          integer PRIMARY KEY CHECK (id = 1),
    check_value bytea NOT NULL,
    renewed_by  integer NOT NULL
);

INSERT INTO encryption VALUES (1, decode('${check}', 'hex'), ${key});

-- The servers that write, one at present, and the number of the last transaction of each. A server whose connection broke during a
-- commit finds out from its row whether it took place. One whose row is gone was followed by another, and writes no more.
CREATE TABLE writers (
    id      text COLLATE "C" PRIMARY KEY,
    commits bigint NOT NULL
);
