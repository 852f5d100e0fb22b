-- Recordings of terminals, by the ids of these. Lists and retention go by these rows; what was recorded stands in pieces beside them.
CREATE TABLE recordings (
    id           TEXT PRIMARY KEY,              -- UUID of version 7
    vmid         INTEGER NOT NULL,
    account_id   TEXT,                          -- of the key that opened the terminal, whoever owns the VM by now
    key_id       TEXT NOT NULL,
    labels       TEXT,                          -- JSON object
    input        INTEGER NOT NULL,              -- whether what was typed is in it
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,                       -- NULL: it goes on, as in the two that follow
    complete     INTEGER,                       -- whether nothing is missing
    sha256       TEXT,                          -- of all of it
    mac          BLOB,                          -- of all above
    stored_bytes INTEGER NOT NULL DEFAULT 0, -- in its pieces, before they were encrypted
    alive_at     INTEGER NOT NULL DEFAULT 0  -- when its server last said that it goes on
) STRICT, WITHOUT ROWID;

CREATE INDEX recordings_in_vm ON recordings (vmid, id);
CREATE INDEX recordings_of_account ON recordings (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX recordings_by_end ON recordings (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX recordings_unfinished ON recordings (alive_at) WHERE ended_at IS NULL;

CREATE TABLE recording_pieces (
    recording_id TEXT NOT NULL,
    piece_offset INTEGER NOT NULL,
    sealed       BLOB NOT NULL                  -- whole lines of asciicast
) STRICT;

CREATE UNIQUE INDEX recording_pieces_by_place ON recording_pieces (recording_id, piece_offset);
