// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an upload becomes a file.
 *
 * @param size of all of it
 * @param sha256 of all of it, in hexadecimal; absent where it is not known
 * @param acknowledged whether the guest has acknowledged each piece of it through one handle: then it does not read all of it again to
 *     compare the digest, which takes as long as to write it
 * @param tail of what came last, where all of it is not known
 * @param condition what has to be under the name, right before
 * @param mode absent for that of the file that is replaced, else 0644
 * @param owner as chown takes it; absent for that of the file that is replaced, else the agent's own
 * @param modified absent for now
 */
public record FileCommit(
        long size,
        @Nullable String sha256,
        boolean acknowledged,
        @Nullable Tail tail,
        Condition condition,
        @Nullable Integer mode,
        @Nullable String owner,
        @Nullable Instant modified) {
    public FileCommit {
        if (acknowledged && sha256 == null) {
            throw new IllegalArgumentException("a digest is known of what was written whole");
        }
    }

    /** What is under the name. */
    public sealed interface Condition {
        /** Whatever it is. */
        record Any() implements Condition {}

        /** Nothing. */
        record Absent() implements Condition {}

        /** What was there when the upload was begun. */
        record Unchanged() implements Condition {}
    }

    /** The bytes from an offset on, and their digest. */
    public record Tail(long offset, String sha256) {}
}
