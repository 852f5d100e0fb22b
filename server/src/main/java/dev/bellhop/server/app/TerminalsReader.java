// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.terminal.TerminalSettings;
import java.time.Duration;

/** Reads what the configuration says of terminals. */
final class TerminalsReader {
    private static final int MAX_COUNT = 10_000;
    private static final int MAX_MINUTES = 60 * 24 * 30;

    private TerminalsReader() {}

    static TerminalSettings read(Setting section) {
        return new TerminalSettings(
                section.get("perVm").integer(1, MAX_COUNT, TerminalSettings.PER_VM),
                section.get("perKey").integer(1, MAX_COUNT, TerminalSettings.PER_KEY),
                Duration.ofMinutes(section.get("idleMinutes").integer(1, MAX_MINUTES, TerminalSettings.IDLE_MINUTES)),
                Duration.ofHours(section.get("maxHours").integer(1, MAX_MINUTES / 60, TerminalSettings.MAX_HOURS)),
                Duration.ofSeconds(TerminalSettings.RECONNECT_SECONDS));
    }
}
