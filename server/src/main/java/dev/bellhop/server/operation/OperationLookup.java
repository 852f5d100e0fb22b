// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the current state of operations, in any process. Thread safe. */
public interface OperationLookup {
    /**
     * Finds one operation.
     *
     * @param longestWait how long to wait for its end; zero for its current state
     */
    Optional<Operation> find(OperationId id, Duration longestWait);

    /** Like {@link OperationStore#list}. */
    OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit);
}
