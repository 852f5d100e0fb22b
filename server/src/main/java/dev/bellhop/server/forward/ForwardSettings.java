// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import java.time.Duration;

/**
 * Limits for forwarded connections.
 *
 * @param perVm open at once in one VM
 * @param perKey open at once by one key; keys of one account count together
 * @param idle time without traffic until a connection is ended
 */
public record ForwardSettings(int perVm, int perKey, Duration idle) {
    /** A stream has 64 channels; commands, terminals and files also need some. */
    public static final int PER_VM = 40;

    public static final int PER_KEY = 100;
    public static final int IDLE_MINUTES = 120;
    public static final int MAX_COUNT = 10_000;
    public static final int MAX_IDLE_MINUTES = 60 * 24 * 30;

    public static ForwardSettings defaults() {
        return new ForwardSettings(PER_VM, PER_KEY, Duration.ofMinutes(IDLE_MINUTES));
    }
}
