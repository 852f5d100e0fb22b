// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import java.time.Duration;

/**
 * Settings for the recording of terminals and the limits of recordings.
 *
 * @param output whether terminals are recorded at all
 * @param input whether input is also recorded
 * @param maxBytes maximum size of one recording, which omits the rest
 * @param age time after the end until a recording is deleted
 * @param bytes maximum size of all recordings together; beyond it, the oldest ones of the account that uses the most
 *     are deleted
 */
public record RecordingSettings(boolean output, boolean input, long maxBytes, Duration age, long bytes) {
    public static final boolean OUTPUT = true;
    public static final boolean INPUT = false;
    public static final long MAX_BYTES = 64L << 20;
    public static final int DAYS = 30;
    public static final long ALL_BYTES = 10L << 30;

    public static RecordingSettings defaults() {
        return new RecordingSettings(OUTPUT, INPUT, MAX_BYTES, Duration.ofDays(DAYS), ALL_BYTES);
    }
}
