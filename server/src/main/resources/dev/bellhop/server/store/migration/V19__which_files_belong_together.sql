-- The number of the last record that was in the database file itself when the log (-wal) was begun anew last: a file that has
-- not come as far is older than the log beside it.
ALTER TABLE audit_ends ADD COLUMN base_seq INTEGER NOT NULL DEFAULT 0;

-- The server that uses the database, or did last. One row.
CREATE TABLE server_run (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    file_id TEXT NOT NULL,                      -- what tells the file that it used from a copy
    stopped INTEGER NOT NULL                    -- whether it has closed the database
) STRICT;
