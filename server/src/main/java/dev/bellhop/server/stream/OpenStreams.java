// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/** The streams that are open anyway, for whoever can use one and is not worth a port of its own. Thread safe. */
public interface OpenStreams {
    /** There is none. */
    OpenStreams NONE = vm -> null;

    /** The open stream into a guest; absent where there is none. Opens none, and takes no time. */
    @Nullable
    StreamLease acquireIfOpen(VmId vm);

    /** A command was started over one. */
    default void commandStarted() {}
}
