// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The option {@code expiry-time} of a line of authorized_keys. OpenSSH has it since 7.7, in the guest's time zone;
 * since 9.1, a trailing Z means UTC. An older version rejects lines with a Z.
 */
final class KeyExpiry {
    private static final Pattern OPTION =
            Pattern.compile("(?i:expiry-time)=\"(?<date>[0-9]{8})(?<time>[0-9]{4})?(?<second>[0-9]{2})?(?<utc>Z)?\"");
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    private KeyExpiry() {}

    /** Formats the option for an sshd of 9.1 or later. */
    static String inUtc(Instant expiry) {
        return option(FORMAT.format(expiry.atOffset(ZoneOffset.UTC)) + "Z");
    }

    /** @param time in the guest's zone, as digits from year to second */
    static String inGuestTime(String time) {
        return option(time);
    }

    private static String option(String time) {
        return "expiry-time=\"" + time + "\"";
    }

    /** Returns whether an option is an expiry time. */
    static boolean isExpiry(String option) {
        return OPTION.matcher(option).matches();
    }

    /** Parses an option; empty if it is a different option, or has an invalid value. */
    static Optional<Instant> parse(String option, ZoneOffset guest) {
        Matcher found = OPTION.matcher(option);
        if (!found.matches()) {
            return Optional.empty();
        }
        String time = found.group("time") == null ? "0000" : found.group("time");
        String second = found.group("second") == null ? "00" : found.group("second");
        try {
            LocalDateTime at = LocalDateTime.parse(found.group("date") + time + second, FORMAT);
            return Optional.of(at.toInstant(found.group("utc") == null ? guest : ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
