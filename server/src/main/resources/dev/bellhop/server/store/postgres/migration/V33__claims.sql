-- A VM stays with the first node that claims it. These ranges let a node claim VMs that another node has released.
ALTER TABLE nodes
    ADD COLUMN vm_ranges      text COLLATE "C",           -- such as 10000-10999,20001 or all; NULL: only new VMs and its own
    ADD COLUMN hello_instance text COLLATE "C",           -- the process that has sent the last hello with an attempt
    ADD COLUMN hello_attempt  bigint NOT NULL DEFAULT 0;  -- rises with each hello of that process

-- VMs that a node has and may not hold. A row is current while the node repeats its claim.
CREATE TABLE refused_claims (
    vmid       bigint NOT NULL,
    node       text COLLATE "C" NOT NULL,
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (node, vmid)
);

-- Limits the numbers that one node gets in a week. NULL: given before there was a limit.
ALTER TABLE vm_numbers
    ADD COLUMN node     text COLLATE "C",
    ADD COLUMN given_at timestamptz;
CREATE INDEX vm_numbers_of_node ON vm_numbers (node, given_at) WHERE node IS NOT NULL;
