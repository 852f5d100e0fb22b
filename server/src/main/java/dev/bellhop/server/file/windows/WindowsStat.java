// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.server.file.FileReply.UnreadableReplyException;
import dev.bellhop.server.file.FileStat;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PowerShell's description of a file. Windows has neither modes nor numeric owners. The mode shows only whether a file
 * is read-only, and the owner is 0, as in C programs on Windows.
 */
final class WindowsStat {
    /** The format of {@code Describe} in common.ps1. */
    private static final Pattern TOLD = Pattern.compile("([fdl]) ([0-9]{1,18}) ([0-9]{1,19}) ([0-9]{1,19}) ([01])");

    /** The seconds from the year 1 to 1970. */
    private static final long EPOCH_SECONDS = 62_135_596_800L;

    private static final long TICKS = 10_000_000;
    /** The end of the year 9999. */
    private static final long MAX_TICKS = 3_155_378_975_999_999_999L;

    private static final int NANOS = 100;

    private static final int READ_ONLY = 0444;

    private WindowsStat() {}

    /**
     * Converts a description to a {@link FileStat}, which can be sent to another process. The text comes from the
     * guest, so every field is validated.
     */
    static FileStat parse(String text) throws UnreadableReplyException {
        Matcher told = TOLD.matcher(text);
        if (!told.matches()) {
            throw new UnreadableReplyException();
        }
        long modified = ticks(told.group(3));
        long created = ticks(told.group(4));
        String raw = String.format(
                "%s %s %d %d 0 0 1|0 0|.%09d|.%09d|0|0",
                mode(told.group(1), told.group(5).equals("1")),
                told.group(2),
                seconds(modified),
                seconds(created),
                nanos(modified),
                nanos(created));
        return FileStat.parse(raw).orElseThrow(UnreadableReplyException::new);
    }

    /**
     * Returns the line that PowerShell prints for a file in this state. The last field is missing for a directory or a
     * link, because their modes do not show whether they are read-only.
     */
    static String told(FileStat stat) {
        String times = " " + stat.size() + " " + ticks(stat.modified()) + " " + ticks(stat.changed()) + " ";
        return switch (stat.type()) {
            case DIRECTORY -> "d" + times;
            case SYMLINK -> "l" + times;
            default -> "f" + times + (stat.mode() == READ_ONLY ? "1" : "0");
        };
    }

    private static long ticks(Instant time) {
        return (time.getEpochSecond() + EPOCH_SECONDS) * TICKS + time.getNano() / NANOS;
    }

    private static String mode(String kind, boolean readOnly) {
        return switch (kind) {
            case "d" -> "41ed";
            case "l" -> "a1ff";
            default -> readOnly ? "8124" : "81a4";
        };
    }

    private static long ticks(String text) throws UnreadableReplyException {
        try {
            long ticks = Long.parseLong(text);
            if (ticks <= MAX_TICKS) {
                return ticks;
            }
        } catch (NumberFormatException e) {
            // Not a number, so rejected like a time out of range.
        }
        throw new UnreadableReplyException();
    }

    private static long seconds(long ticks) {
        return ticks / TICKS - EPOCH_SECONDS;
    }

    private static long nanos(long ticks) {
        return ticks % TICKS * NANOS;
    }
}
