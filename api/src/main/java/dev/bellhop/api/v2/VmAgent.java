// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import org.jspecify.annotations.Nullable;

/**
 * The guest agent of a VM, in short.
 *
 * @param available whether commands can be run now
 * @param reason why not, for a person; absent where it is available
 * @param version the agent's; absent where it did not tell
 */
public record VmAgent(
        boolean available,
        @Nullable String reason,
        @Nullable String version) {}
