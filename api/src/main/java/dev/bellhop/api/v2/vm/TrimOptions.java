// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/fstrim}, which may be left out.
 *
 * @param minimumBytes free ranges that are shorter are left alone, 0 or more; absent for none
 */
public record TrimOptions(@Nullable Long minimumBytes) {}
