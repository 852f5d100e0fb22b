// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A record that a server may have asked a guest to start an execution. If an execution has none, no guest has received
 * it. If it has one, only the guest knows whether it was started.
 *
 * @param at earliest time of the request
 * @param spool where in the guest the supervisor keeps its files; absent if there is no supervisor, or if an older
 *     server sent the request
 * @param boot the guest's boot id at that time; absent if the server did not know it, or if an older server sent the
 *     request
 */
public record StartIntent(
        ExecutionMode mode,
        Instant at,
        @Nullable String spool,
        @Nullable UUID boot) {
    /** Creates an intent without a spool and without a boot id. */
    public StartIntent(ExecutionMode mode, Instant at) {
        this(mode, at, null, null);
    }
}
