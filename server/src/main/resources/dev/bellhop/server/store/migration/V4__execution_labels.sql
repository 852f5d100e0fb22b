-- The labels of executions once more, to find executions by. Each key ends with the execution, so that lists come newest first.
CREATE TABLE execution_labels (
    name         TEXT NOT NULL,
    value        TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    vmid         INTEGER NOT NULL,
    PRIMARY KEY (name, value, execution_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX execution_labels_in_vm ON execution_labels (name, value, vmid, execution_id);
CREATE INDEX execution_labels_by_execution ON execution_labels (execution_id);

INSERT INTO execution_labels (name, value, execution_id, vmid)
SELECT label.key, label.value, executions.id, executions.vmid
FROM executions, json_each(executions.labels) AS label;
