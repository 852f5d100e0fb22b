// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.Nullable;

/** A VM was not switched. The message is the reason, for a person, to follow "because". */
public final class VmPowerException extends Exception {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    public VmPowerException(Kind kind, String why) {
        this(kind, why, null);
    }

    public VmPowerException(Kind kind, String why, @Nullable Throwable cause) {
        super(why, cause);
        this.kind = kind;
    }

    public enum Kind {
        /** This VM does not support the switch: it has no monitor, or no start command. */
        NOT_SUPPORTED,
        /** The hypervisor refused. */
        REFUSED,
        /** The hypervisor was unreachable, or did not answer by the deadline: the switch may have happened. */
        UNREACHABLE
    }

    public Kind kind() {
        return kind;
    }
}
