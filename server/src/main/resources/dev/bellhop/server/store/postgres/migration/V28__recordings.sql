-- Recordings of terminals, by the ids of these. Lists and retention go by these rows; what was recorded stands in pieces beside them.
CREATE TABLE recordings (
    id           text COLLATE "C" PRIMARY KEY,  -- UUID of version 7
    vmid         bigint NOT NULL,
    account_id   text COLLATE "C",              -- of the key that opened the terminal, whoever owns the VM by now
    key_id       text COLLATE "C" NOT NULL,
    labels       text COLLATE "C",              -- JSON object
    input        boolean NOT NULL,              -- whether what was typed is in it
    started_at   bigint NOT NULL,
    ended_at     bigint,                        -- NULL: it goes on, as in the two that follow
    complete     boolean,                       -- whether nothing is missing
    sha256       text COLLATE "C",              -- of all of it
    mac          bytea,                         -- of all above
    stored_bytes bigint NOT NULL DEFAULT 0,               -- in its pieces, before they were encrypted
    alive_at     bigint NOT NULL DEFAULT 0                -- when its server last said that it goes on
);

CREATE INDEX recordings_in_vm ON recordings (vmid, id);
CREATE INDEX recordings_of_account ON recordings (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX recordings_by_end ON recordings (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX recordings_unfinished ON recordings (alive_at) WHERE ended_at IS NULL;

CREATE TABLE recording_pieces (
    recording_id text COLLATE "C" NOT NULL,
    piece_offset bigint NOT NULL,
    sealed       bytea STORAGE EXTERNAL NOT NULL -- whole lines of asciicast
);

CREATE UNIQUE INDEX recording_pieces_by_place ON recording_pieces (recording_id, piece_offset);
