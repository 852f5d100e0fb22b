// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Times in requests. The API uses RFC 3339 and the years 1 to 9999, because clients in Python and other languages have no others. Requests
 * can also contain what programs print by default: Python's {@code str(datetime)} and {@code strftime("%z")}, Go's {@code Time.String()},
 * Java's {@code ZonedDateTime.toString()}.
 */
public final class Timestamps {
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static final Pattern TIME = Pattern.compile("""
            (?<date>[0-9]{4}-[0-9]{2}-[0-9]{2}) [Tt\\ ]
            (?<time>[0-9]{2}:[0-9]{2}) (?<seconds>:[0-9]{2}(\\.[0-9]{1,9})?)? \\ ?
            (?<offset>[Zz]|(?<hours>[+-][0-9]{2})(:?(?<minutes>[0-9]{2}))?)
            (\\ ?\\[[A-Za-z0-9_+/-]{1,50}\\]|\\ [A-Z]{1,5}|\\ [+-][0-9]{2,4})?
            (\\ m=[+-][0-9.]{1,30})?
            """, Pattern.COMMENTS);

    private Timestamps() {}

    /** Parses a time; empty if the text is not a time, or its year is not from 1 to 9999. */
    public static Optional<Instant> parse(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String hours = matcher.group("hours");
        String minutes = matcher.group("minutes");
        String offset = hours == null ? "Z" : hours + ":" + (minutes == null ? "00" : minutes);
        String seconds = matcher.group("seconds");
        String time = matcher.group("time") + (seconds == null ? "" : seconds);
        try {
            Instant parsed = OffsetDateTime.parse(matcher.group("date") + "T" + time + offset)
                    .toInstant();
            return Optional.of(parsed).filter(Timestamps::isShown);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Returns a guest's time for a response; absent if its year is not from 1 to 9999, which some clients cannot read. */
    public static @Nullable Instant shown(@Nullable Instant time) {
        return time != null && isShown(time) ? time : null;
    }

    private static boolean isShown(Instant time) {
        return !time.isBefore(FIRST) && !time.isAfter(LAST);
    }
}
