// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.time.Duration;

/**
 * Limits for terminals.
 *
 * @param perVm open at once in one VM
 * @param perKey open at once by one key; keys of one account count together
 * @param idle time without input or output until a terminal is ended
 * @param longest time until a terminal is ended in any case
 * @param reconnect how long a terminal waits for a viewer that can type
 */
public record TerminalSettings(int perVm, int perKey, Duration idle, Duration longest, Duration reconnect) {
    public static final int PER_VM = 10;
    public static final int PER_KEY = 50;
    public static final int MAX_COUNT = 10_000;
    public static final int IDLE_MINUTES = 60;
    public static final int MAX_HOURS = 24;
    public static final int RECONNECT_SECONDS = 60;

    public static TerminalSettings defaults() {
        return new TerminalSettings(
                PER_VM,
                PER_KEY,
                Duration.ofMinutes(IDLE_MINUTES),
                Duration.ofHours(MAX_HOURS),
                Duration.ofSeconds(RECONNECT_SECONDS));
    }
}
