// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * What became of one file system in {@link GuestAgent#trim}. The texts are printable characters, at most 200.
 *
 * @param mountPoint where it is mounted
 * @param trimmedBytes how much its disk was told is not in use; absent where it failed, and of older agents
 * @param error the agent's words, which come from the guest; present where it failed
 */
public record TrimmedFileSystem(
        String mountPoint,
        @Nullable Long trimmedBytes,
        @Nullable String error) {}
