// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.execution.ExecutionId;
import java.util.Optional;
import java.util.UUID;

/** The id of a forwarded connection: a UUID of version 7, in lower-case text form. */
public record ForwardId(UUID value) {
    public static Optional<ForwardId> parse(String text) {
        return ExecutionId.parse(text).map(id -> new ForwardId(id.value()));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
