// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.v2.EntityTags;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** The conditions of a request for a file, as RFC 9110, section 13, evaluates them. The ETags of files are strong. */
final class Preconditions {
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
        boolean holds = EntityTags.ifMatch(call)
                .map(tags -> tags.test(stat.etag()))
                .or(() -> date(call, "If-Unmodified-Since").map(since -> !modified.isAfter(since)))
                .orElse(true);
        if (!holds) {
            throw new BellhopException(
                    ErrorCode.PRECONDITION_FAILED,
                    "Cannot read this file because it is not what If-Match or If-Unmodified-Since says");
        }
        boolean isKnown = EntityTags.ifNoneMatch(call)
                .map(tags -> tags.test(stat.etag()))
                .or(() -> date(call, "If-Modified-Since").map(since -> !modified.isAfter(since)))
                .orElse(false);
        return isKnown ? Outcome.NOT_MODIFIED : Outcome.FILE;
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
