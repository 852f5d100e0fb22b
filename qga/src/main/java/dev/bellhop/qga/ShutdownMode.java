// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.Locale;

/** What a guest does at the end of a shutdown. */
public enum ShutdownMode {
    /** It switches itself off. */
    POWERDOWN,
    /** It stops and stays on. */
    HALT,
    /** It starts again, in the same virtual machine. */
    REBOOT;

    /** As the agent calls it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
