// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/shutdown} and its like, which may be left out.
 *
 * @param force whether a guest that does not switch itself off may be switched off; absent for no
 * @param graceSeconds how long it has to switch itself off, 0 to 3600; absent for what the server is set to
 */
public record PowerOptions(
        @Nullable Boolean force, @Nullable Integer graceSeconds) {}
