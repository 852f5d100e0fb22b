// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.recording.RecordingSettings;
import dev.bellhop.server.terminal.TerminalSettings;
import java.time.Duration;

/** Reads the settings of terminals. */
final class TerminalsReader {
    private static final int MAX_MINUTES = 60 * 24 * 30;

    private static final long MIN_BYTES = 64 << 10;
    private static final long MAX_BYTES = 1L << 50;

    private TerminalsReader() {}

    record Terminals(TerminalSettings limits, RecordingSettings recordings) {}

    static Terminals read(Setting section) {
        return new Terminals(limits(section), recordings(section));
    }

    private static TerminalSettings limits(Setting section) {
        return new TerminalSettings(
                section.get("perVm").integer(1, TerminalSettings.MAX_COUNT, TerminalSettings.PER_VM),
                section.get("perKey").integer(1, TerminalSettings.MAX_COUNT, TerminalSettings.PER_KEY),
                Duration.ofMinutes(section.get("idleMinutes").integer(1, MAX_MINUTES, TerminalSettings.IDLE_MINUTES)),
                Duration.ofHours(section.get("maxHours").integer(1, MAX_MINUTES / 60, TerminalSettings.MAX_HOURS)),
                Duration.ofSeconds(TerminalSettings.RECONNECT_SECONDS));
    }

    private static RecordingSettings recordings(Setting section) {
        boolean output = section.get("record").bool(RecordingSettings.OUTPUT);
        Setting input = section.get("recordInput");
        boolean keepsInput = input.bool(RecordingSettings.INPUT);
        if (keepsInput && !output) {
            input.fault("expected false where record is false, as what is typed is a part of a recording");
        }
        return new RecordingSettings(
                output,
                keepsInput,
                section.get("recordingMaxBytes").number(MIN_BYTES, MAX_BYTES, RecordingSettings.MAX_BYTES),
                section.get("recordingRetentionDays").days(RecordingSettings.DAYS),
                section.get("recordingRetentionBytes").number(MIN_BYTES, MAX_BYTES, RecordingSettings.ALL_BYTES));
    }
}
