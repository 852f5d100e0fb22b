// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.api.Timestamps;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.v2.EntityTags;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The conditions of a request about a file, as RFC 9110, section 13, evaluates them. The ETags of files are strong. */
final class Preconditions {
    private Preconditions() {}

    /** The outcome of a read's conditions. */
    enum Outcome {
        FILE,
        NOT_MODIFIED
    }

    /**
     * Evaluates the conditions of a read.
     *
     * @throws BellhopException {@code PRECONDITION_FAILED}
     */
    static Outcome ofRead(Call call, FileStat stat) {
        unchanged(call).ifPresent(condition -> condition.require(stat));
        boolean isKnown = EntityTags.ifNoneMatch(call)
                .map(tags -> tags.test(stat.etag()))
                .or(() -> date(call, "If-Modified-Since").map(since -> isUnmodified(stat, since, false)))
                .orElse(false);
        return isKnown ? Outcome.NOT_MODIFIED : Outcome.FILE;
    }

    /** Returns the condition of a change; null if it has none. */
    static @Nullable Precondition<FileStat> ofChange(Call call) {
        return Stream.of(unchanged(call), excluded(call))
                .flatMap(Optional::stream)
                .reduce(Precondition::and)
                .orElse(null);
    }

    /** Returns {@code If-Match}; if it is present, {@code If-Unmodified-Since} is ignored. */
    private static Optional<Precondition<FileStat>> unchanged(Call call) {
        Optional<Predicate<String>> ifMatch = EntityTags.ifMatch(call);
        if (ifMatch.isPresent()) {
            return ifMatch.map(tags -> present -> require(
                    present != null && tags.test(present.etag()), "the file is not what If-Match says; read it again"));
        }
        return date(call, "If-Unmodified-Since")
                .map(since -> present -> require(
                        present == null || isUnmodified(present, since, true),
                        "the file was modified after the time in If-Unmodified-Since; read it again"));
    }

    private static Optional<Precondition<FileStat>> excluded(Call call) {
        return EntityTags.ifNoneMatch(call)
                .map(tags -> present -> require(
                        present == null || !tags.test(present.etag()),
                        "If-None-Match excludes the present state of the file; read it, and send its ETag in If-Match"
                                + " to change it"));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new BellhopException(ErrorCode.PRECONDITION_FAILED, "Cannot do this because " + otherwise);
        }
    }

    /** @param ifUnknown the result for a time that cannot be shown in an answer */
    private static boolean isUnmodified(FileStat stat, Instant since, boolean ifUnknown) {
        return Timestamps.shown(stat.modified()) == null
                ? ifUnknown
                : !stat.modified().truncatedTo(ChronoUnit.SECONDS).isAfter(since);
    }

    /** Parses a date; ignores an invalid one, as RFC 9110 says. */
    private static Optional<Instant> date(Call call, String name) {
        return call.header(name).flatMap(HttpDates::parse);
    }
}
