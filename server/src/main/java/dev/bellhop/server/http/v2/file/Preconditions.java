// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.http.Call;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The conditions of a request for a file, as RFC 9110, section 13, evaluates them. The ETags of files are strong. */
final class Preconditions {
    private static final String ANY = "*";

    /** Possessive, because a long header must not cost much. */
    private static final Pattern TAG = Pattern.compile("\\s*+(W/)?+(\"[\\x21\\x23-\\x7e\\x80-\\xff]*+\")\\s*+(?:,|$)");

    private Preconditions() {}

    /** Whether a reader gets the file. */
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
        Instant modified = stat.modified().truncatedTo(ChronoUnit.SECONDS);
        boolean holds = ifMatch(call)
                .map(tags -> tags.test(stat.etag()))
                .or(() -> date(call, "If-Unmodified-Since").map(since -> !modified.isAfter(since)))
                .orElse(true);
        if (!holds) {
            throw new BellhopException(
                    ErrorCode.PRECONDITION_FAILED,
                    "Cannot read this file because it is not what If-Match or If-Unmodified-Since says");
        }
        boolean isKnown = call.header("If-None-Match")
                .map(header -> tags("If-None-Match", header, true).test(stat.etag()))
                .or(() -> date(call, "If-Modified-Since").map(since -> !modified.isAfter(since)))
                .orElse(false);
        return isKnown ? Outcome.NOT_MODIFIED : Outcome.FILE;
    }

    /** Returns which states of a file a request accepts; empty for any, or none. */
    static Optional<Predicate<String>> ifMatch(Call call) {
        return call.header("If-Match").map(header -> tags("If-Match", header, false));
    }

    /** @param weak whether a weak tag matches, too */
    private static Predicate<String> tags(String name, String header, boolean weak) {
        if (header.equals(ANY)) {
            return _ -> true;
        }
        Set<String> tags = new HashSet<>();
        Matcher matcher = TAG.matcher(header);
        int end = 0;
        while (matcher.region(end, header.length()).lookingAt()) {
            end = matcher.end();
            if (weak || matcher.group(1) == null) {
                tags.add(matcher.group(2));
            }
        }
        if (end != header.length() || header.isEmpty()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot use the header " + name + " because it is neither * nor a list of ETags in quotes");
        }
        return tags::contains;
    }

    /** A date that is not one is ignored, as RFC 9110 says. */
    private static Optional<Instant> date(Call call, String name) {
        return call.header(name).flatMap(header -> {
            try {
                return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(header, Instant::from));
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        });
    }
}
