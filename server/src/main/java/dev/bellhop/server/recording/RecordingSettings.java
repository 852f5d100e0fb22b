// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import java.time.Duration;

/**
 * Which terminals are recorded, and how long and how much of them is kept.
 *
 * @param output whether terminals are recorded at all
 * @param input whether what is typed is recorded, too
 * @param maxBytes of one recording; what follows is not in it
 * @param age after which one is deleted
 * @param bytes of all together; beyond these, the oldest of the account that has the most are deleted
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
