// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.store.WriteConnection;

/**
 * The labels of executions, a row each, by which executions are found. What an execution is read with stands in its own row,
 * so nothing is read from here but ids.
 */
final class ExecutionLabels {
    private static final String INSERT =
            "INSERT INTO execution_labels (name, value, execution_id, vmid, account_id) VALUES (?, ?, ?, ?, ?)";

    static final String DELETE_OF = "DELETE FROM execution_labels WHERE execution_id = ?";

    private ExecutionLabels() {}

    static void insert(WriteConnection connection, Execution execution) {
        execution
                .spec()
                .labels()
                .forEach((name, value) -> connection.execute(
                        INSERT,
                        name,
                        value,
                        execution.id().toString(),
                        execution.vm().value(),
                        execution.spec().tenant().accountId()));
    }
}
