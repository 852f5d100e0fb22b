-- What is long of executions, in a table of its own: rows of executions stay short, and so does what reads many of them. What was
-- stored before stays where it is.
CREATE TABLE long_contents (
    execution_id TEXT NOT NULL,
    kind         INTEGER NOT NULL,              -- 1 command, 2 what it takes to start it
    sealed       BLOB NOT NULL                  -- JSON, encrypted
) STRICT;

CREATE UNIQUE INDEX long_contents_by_execution ON long_contents (execution_id, kind);

CREATE TRIGGER long_contents_end_with_executions AFTER DELETE ON executions
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id;
END;

-- It is forgotten once it is not needed any more: it can hold secrets.
CREATE TRIGGER long_deliveries_end_with_the_wait AFTER UPDATE OF sealed_delivery ON executions
WHEN OLD.sealed_delivery IS NOT NULL AND NEW.sealed_delivery IS NULL
BEGIN
    DELETE FROM long_contents WHERE execution_id = OLD.id AND kind = 2;
END;
