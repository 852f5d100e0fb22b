// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether the file systems of a guest are frozen.
 *
 * @param state {@code frozen} or {@code thawed}
 * @param fileSystems how many the request has frozen or thawed; absent where it only asked
 * @param expiresAt when they are thawed at the latest; absent where they are not frozen, or somebody else has frozen them
 */
public record FileSystemFreeze(
        String state,
        @Nullable Integer fileSystems,
        @Nullable Instant expiresAt) {}
