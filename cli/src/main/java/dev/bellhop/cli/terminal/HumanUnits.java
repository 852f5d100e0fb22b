// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.time.Duration;
import java.util.Locale;

/** Amounts as people read them. */
public final class HumanUnits {

    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final double KIB = 1024;

    /** From here on it would be shown as 1024.0 of a unit. */
    private static final double NEXT = 1023.95;

    private HumanUnits() {}

    /** Such as "512 B" or "1.5 GiB". */
    public static String bytes(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        double amount = bytes / KIB;
        int unit = 0;
        while (amount >= NEXT && unit < UNITS.length - 1) {
            amount /= KIB;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
    }

    /** In its two largest units, such as "3d 4h" or "12s". */
    public static String time(long seconds) {
        Duration time = Duration.ofSeconds(seconds);
        if (time.toDays() > 0) {
            return time.toDays() + "d " + time.toHoursPart() + "h";
        }
        if (time.toHours() > 0) {
            return time.toHours() + "h " + time.toMinutesPart() + "m";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + "m " + time.toSecondsPart() + "s" : seconds + "s";
    }
}
