// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.Nullable;

/** There is no port, or it could not be removed. The message is the reason, for a person, to stand after "because". */
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
        /** Nothing is known by which a port could be plugged. */
        NO_MONITOR,
        /** The VM has no place for another port. */
        NO_SLOT,
        /** The hypervisor said no. */
        REFUSED,
        /** The hypervisor was not reached, or did not answer by the deadline. */
        UNREACHABLE
    }

    public Kind kind() {
        return kind;
    }
}
