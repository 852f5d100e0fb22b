// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * That a guest may have been asked to start an execution. A server that returns to one without it knows that no guest has
 * heard of it; to one with it, that only its guest can tell.
 *
 * @param at when it was asked at the earliest
 * @param spool where in the guest its supervisor keeps its files; absent where it has none, or an older server has asked
 * @param boot which boot of the guest there was then, as far as the server knew; absent likewise
 */
public record StartIntent(
        ExecutionMode mode,
        Instant at,
        @Nullable String spool,
        @Nullable UUID boot) {
    /** With no spool, nor a boot that is known. */
    public StartIntent(ExecutionMode mode, Instant at) {
        this(mode, at, null, null);
    }
}
