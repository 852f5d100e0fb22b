// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/** The open streams, for callers that can use one but do not justify plugging a port. Thread safe. */
public interface OpenStreams {
    /** Has no open streams. */
    OpenStreams NONE = vm -> null;

    /**
     * Returns a lease of the open stream into a guest; absent if there is none. Opens no stream and does not block.
     */
    @Nullable
    StreamLease acquireIfOpen(VmId vm);

    /** Counts a command that was started over a stream. */
    default void commandStarted() {}
}
