-- Tenants, and whose VMs are whose. A VM, a key or an execution without an account is the operator's.
CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account_vms (
    vmid       INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL
) STRICT;

ALTER TABLE keys ADD COLUMN account_id TEXT;
ALTER TABLE keys ADD COLUMN networks TEXT;               -- joined by spaces; NULL: from anywhere
ALTER TABLE keys ADD COLUMN last_used_at INTEGER;        -- of a while ago: it is written now and then
-- How many secrets it has had, and the one before this one, as long as that is valid.
ALTER TABLE keys ADD COLUMN secret_number INTEGER NOT NULL DEFAULT 1;
ALTER TABLE keys ADD COLUMN old_secret_hash BLOB;
ALTER TABLE keys ADD COLUMN old_secret_until INTEGER;

-- The account of the key that started it, whoever owns the VM by now.
ALTER TABLE executions ADD COLUMN account_id TEXT;

-- An account's newest, in all its VMs and in one. The operator's are not in them, so that they cost their commits nothing.
CREATE INDEX executions_of_account ON executions (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX executions_of_account_in_vm ON executions (account_id, vmid, id) WHERE account_id IS NOT NULL;
