// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.execution.ExecutionId;
import java.util.Optional;
import java.util.UUID;

/** The name of a terminal: a UUID of version 7, in its lower-case text form. */
public record TerminalId(UUID value) implements Comparable<TerminalId> {
    public static Optional<TerminalId> parse(String text) {
        return ExecutionId.parse(text).map(id -> new TerminalId(id.value()));
    }

    /** By their time: a UUID itself compares its first half as a number with a sign. */
    @Override
    public int compareTo(TerminalId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
