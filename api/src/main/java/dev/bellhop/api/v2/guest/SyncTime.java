// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/sync-time}, which may be left out.
 *
 * @param source {@code host} or {@code hardware}; absent for the host
 */
public record SyncTime(@Nullable String source) {}
