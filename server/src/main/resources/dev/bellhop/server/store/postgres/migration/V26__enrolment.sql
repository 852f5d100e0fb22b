-- How a node joins its cluster by a token that is shown once, and which keys are no node's any more.
ALTER TABLE nodes
    ADD COLUMN join_hash         bytea,              -- SHA-256 of its token; NULL: it has none
    ADD COLUMN join_until        timestamptz,        -- when the token ends; NULL likewise
    ADD COLUMN join_key          text COLLATE "C",   -- the public key that has joined by it; NULL: none has yet
    ADD COLUMN credentials_until timestamptz;        -- of those that an API server signed last; NULL: none has

-- Public keys of nodes that were revoked, removed or given another key. NATS is told of them, and told again where it has lost
-- them. A row is of no use once all that was signed for the key has expired.
CREATE TABLE revoked_node_keys (
    public_key text COLLATE "C" PRIMARY KEY,
    revoked_at timestamptz NOT NULL DEFAULT now()
);

-- Names of nodes that were removed, and not added again. Credentials that were signed for one do not add it.
CREATE TABLE removed_nodes (
    name       text COLLATE "C" PRIMARY KEY,
    removed_at timestamptz NOT NULL DEFAULT now()
);
