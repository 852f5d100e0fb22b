-- What is encrypted: commands, what it takes to start them, output (its bytes), and of what idempotency keys stand for the
-- hash. V8.1, in Java, encrypts what is there, and drops command, argv, shell and delivery.
ALTER TABLE executions ADD COLUMN sealed_command BLOB;   -- JSON
ALTER TABLE executions ADD COLUMN sealed_delivery BLOB;  -- JSON; NULL once it is no longer pending

-- One row, once all is encrypted.
CREATE TABLE encryption (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    check_value BLOB NOT NULL,                  -- can be opened with the keys that the rest is encrypted with
    cleaned     INTEGER NOT NULL,               -- whether nothing is left of what was there in the clear
    renewed_by  INTEGER NOT NULL                -- the key that all was encrypted with when that was last so
) STRICT;
