// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.Nullable;

/** A VM was not switched. The message is the reason, for a person, to stand after "because". */
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
        /** This VM cannot be switched so: there is no monitor, or nothing says how to start it. */
        NOT_SUPPORTED,
        /** The hypervisor said no. */
        REFUSED,
        /** The hypervisor was not reached, or did not answer by the deadline: it may have been done. */
        UNREACHABLE
    }

    public Kind kind() {
        return kind;
    }
}
