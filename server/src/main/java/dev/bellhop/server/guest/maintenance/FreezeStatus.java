// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a guest's file systems are frozen.
 *
 * @param expiresAt when they are thawed at the latest; absent if they are not frozen, or another program has frozen
 *     them
 */
public record FreezeStatus(boolean isFrozen, @Nullable Instant expiresAt) {}
