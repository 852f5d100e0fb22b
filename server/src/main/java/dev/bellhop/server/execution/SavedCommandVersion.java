// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which saved command an execution runs.
 *
 * @param savedAt when that version was saved, which tells it from one of a command that took its name later; absent where that
 *     was not stored
 */
public record SavedCommandVersion(
        String name, int version, @Nullable Instant savedAt) {}
