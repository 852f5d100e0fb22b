// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an upload becomes a file.
 *
 * @param size of the whole file
 * @param sha256 digest of the whole file in hexadecimal; absent if not known
 * @param acknowledged whether the guest has acknowledged each piece through one handle; then it does not read the whole
 *     file again to compare the digest, which takes as long as writing it
 * @param tail the last part, if the digest of the whole file is not known
 * @param condition the required state of the final name immediately before the commit
 * @param mode absent for the mode of the replaced file, else 0644
 * @param owner in the syntax of chown; absent for the owner of the replaced file, else the agent's own user
 * @param modified absent for the current time
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

    /** The required state of the final name. */
    public sealed interface Condition {
        /** Any file, or none. */
        record Any() implements Condition {}

        /** No file. */
        record Absent() implements Condition {}

        /** The file that was there when the upload began. */
        record Unchanged() implements Condition {}
    }

    /** The bytes from an offset to the end, with their digest. */
    public record Tail(long offset, String sha256) {}
}
