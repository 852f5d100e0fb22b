// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileCommit.Condition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileCommit}. A message has times in milliseconds, which a file has in nanoseconds.
 *
 * @param condition {@code any}, {@code absent} or {@code unchanged}
 */
record WireFileCommit(
        long size,
        @Nullable String sha256,
        boolean acknowledged,
        @Nullable Tail tail,
        String condition,
        @Nullable Integer mode,
        @Nullable String owner,
        @Nullable Modified modified) {
    /** As {@link FileCommit.Tail}. */
    record Tail(long offset, String sha256) {}

    /** An instant, since 1970. */
    record Modified(long seconds, int nanos) {}

    static WireFileCommit of(FileCommit commit) {
        FileCommit.Tail tail = commit.tail();
        Instant modified = commit.modified();
        return new WireFileCommit(
                commit.size(),
                commit.sha256(),
                commit.acknowledged(),
                tail == null ? null : new Tail(tail.offset(), tail.sha256()),
                switch (commit.condition()) {
                    case Condition.Any _ -> "any";
                    case Condition.Absent _ -> "absent";
                    case Condition.Unchanged _ -> "unchanged";
                },
                commit.mode(),
                commit.owner(),
                modified == null ? null : new Modified(modified.getEpochSecond(), modified.getNano()));
    }

    FileCommit commit() {
        return new FileCommit(
                size,
                sha256,
                acknowledged,
                tail == null ? null : new FileCommit.Tail(tail.offset, tail.sha256),
                switch (condition) {
                    case "any" -> new Condition.Any();
                    case "absent" -> new Condition.Absent();
                    case "unchanged" -> new Condition.Unchanged();
                    default -> throw new WireFormatException(WireFileCommit.class, "condition");
                },
                mode,
                owner,
                modified == null ? null : Instant.ofEpochSecond(modified.seconds, modified.nanos));
    }
}
