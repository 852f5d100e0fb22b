// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.Nullable;

/** No port is available, or it could not be removed. The message is the reason, for a person, to follow "because". */
public final class StreamPortException extends Exception {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    public StreamPortException(Kind kind, String why) {
        this(kind, why, null);
    }

    public StreamPortException(Kind kind, String why, @Nullable Throwable cause) {
        super(why, cause);
        this.kind = kind;
    }

    public enum Kind {
        /** The VM has no monitor to plug a port with. */
        NO_MONITOR,
        /** The VM has no place for another port. */
        NO_SLOT,
        /** The hypervisor refused. */
        REFUSED,
        /** The hypervisor was unreachable, or did not answer by the deadline. */
        UNREACHABLE
    }

    public Kind kind() {
        return kind;
    }
}
