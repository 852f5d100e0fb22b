// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/keys/{id}/actions/rotate}.
 *
 * @param overlapSeconds how long the secret that there is stays valid, 0 to 2592000; absent for no longer
 */
public record RotateKey(@Nullable Integer overlapSeconds) {}
