// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fields that set the expiry of a key. A request has at most one of them. */
final class Expiry {
    private static final Duration MIN = Duration.ofMinutes(1);
    private static final int MAX_DAYS = 3650;
    private static final Duration MAX = Duration.ofDays(MAX_DAYS);

    private Expiry() {}

    /** Returns the expiry; absent for never, and if a field is wrong. */
    static @Nullable Instant of(
            @Nullable Instant at, @Nullable Long inSeconds, @Nullable Integer inDays, Instant now, FieldFaults faults) {
        if (Stream.of(at != null, inSeconds != null, inDays != null)
                        .filter(given -> given)
                        .count()
                > 1) {
            String surplus = inSeconds == null || at == null ? "/expiresInDays" : "/expiresInSeconds";
            faults.add(surplus, "Only one of the fields for the expiry", Fault.UNKNOWN_FIELD);
            return null;
        }
        if (inDays != null) {
            faults.unlessBetween(1, inDays, MAX_DAYS, "/expiresInDays");
            return stored(now.plus(Duration.ofDays(inDays)));
        }
        if (inSeconds != null) {
            faults.unlessBetween(MIN.toSeconds(), inSeconds, MAX.toSeconds(), "/expiresInSeconds");
            return stored(now.plusSeconds(Math.clamp(inSeconds, 0, MAX.toSeconds())));
        }
        if (at != null) {
            faults.outOfRangeUnless(
                    !at.isBefore(now.plus(MIN)) && !at.isAfter(now.plus(MAX)),
                    "/expiresAt",
                    "A time from one minute to " + MAX_DAYS + " days from now");
            return stored(at);
        }
        return null;
    }

    /** The store keeps milliseconds. */
    private static Instant stored(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS);
    }
}
