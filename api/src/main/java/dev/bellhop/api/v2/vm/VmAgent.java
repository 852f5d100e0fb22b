// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The guest agent of a VM, in short.
 *
 * @param available whether commands can be run
 * @param availability the same as a name, {@code available}, and if not, why, such as {@code silent}
 * @param reason why not, for a person; absent where it is available
 * @param since when it was first found to be so
 * @param version the agent's; absent where it did not tell
 */
public record VmAgent(
        boolean available,
        String availability,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable String version) {

    public VmAgent {
        Objects.requireNonNull(availability, "availability");
    }
}
