// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.Locale;

/** What a VM is doing as a machine, whatever its guest is doing. */
public enum PowerState {
    RUNNING,
    STOPPED,
    PAUSED,
    STARTING,
    STOPPING,
    /** It cannot be told: the hypervisor does not answer. */
    UNKNOWN;

    /** The name as clients see it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
