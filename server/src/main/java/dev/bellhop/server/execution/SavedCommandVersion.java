// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The saved command that an execution runs.
 *
 * @param savedAt when that version was saved, to distinguish it from a later command with the same name; absent if that
 *     was not stored
 */
public record SavedCommandVersion(
        String name, int version, @Nullable Instant savedAt) {}
