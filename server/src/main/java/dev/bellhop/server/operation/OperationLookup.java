// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds operations as they stand now, whichever process carries them out. Thread safe. */
public interface OperationLookup {
    /**
     * One operation.
     *
     * @param longestWait how long to wait for its end; zero to see it as it is
     */
    Optional<Operation> find(OperationId id, Duration longestWait);

    /** As {@link OperationStore#list}. */
    OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit);
}
