// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.execution.ExecutionId;
import java.util.Optional;
import java.util.UUID;

/** The id of a terminal: a UUID of version 7, in lower-case text form. */
public record TerminalId(UUID value) implements Comparable<TerminalId> {
    public static Optional<TerminalId> parse(String text) {
        return ExecutionId.parse(text).map(id -> new TerminalId(id.value()));
    }

    /** Compares by time. UUID's own order would compare the first half as a signed number. */
    @Override
    public int compareTo(TerminalId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
