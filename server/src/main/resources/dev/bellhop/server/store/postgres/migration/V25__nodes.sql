-- The nodes of a cluster: the processes on hypervisor hosts that run commands and have no database. Times are by this database's
-- clock, since nobody else's is compared across hosts.
CREATE TABLE nodes (
    name       text COLLATE "C" PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    session    bigint NOT NULL DEFAULT 0,       -- of the process that is the node now: rises with each that says hello
    instance   text COLLATE "C",                -- what that process calls itself; NULL, as all that follows it: none was there yet
    version    text COLLATE "C",
    protocol   integer,
    last_beat  timestamptz,
    vms        integer NOT NULL DEFAULT 0,      -- as its last beat counted
    running    integer NOT NULL DEFAULT 0,
    waiting    integer NOT NULL DEFAULT 0,
    drained    boolean NOT NULL DEFAULT FALSE,  -- is to start nothing new
    revoked    boolean NOT NULL DEFAULT FALSE,  -- may not join, nor store anything
    public_key text COLLATE "C"                 -- of its credentials; NULL: it has none yet
);

-- Which node holds which VM. A row outlives its VM, since its epoch must not come again.
CREATE TABLE node_vms (
    vmid     bigint PRIMARY KEY,
    node     text COLLATE "C" NOT NULL,
    session  bigint NOT NULL,                   -- in which the node claimed it
    epoch    bigint NOT NULL,                   -- rises with each claim by a new session: what is stored of the VM has to name it
    name     text COLLATE "C",                  -- what people call it
    released boolean NOT NULL,                  -- whoever finds it may claim it
    since    timestamptz NOT NULL,
    change   bigint NOT NULL                    -- the generation of "nodes" that it changed in last
);

CREATE INDEX node_vms_by_change ON node_vms (change);
CREATE INDEX node_vms_of_node ON node_vms (node);

INSERT INTO generations VALUES ('nodes', 0);

-- The last update by a node that is stored: one that comes late, or once more, is told by it.
ALTER TABLE executions
    ADD COLUMN node_epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN node_step  bigint NOT NULL DEFAULT 0;
