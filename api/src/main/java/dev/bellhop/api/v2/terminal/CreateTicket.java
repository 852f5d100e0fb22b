// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/terminals/{id}/tickets}.
 *
 * @param readOnly whether its holder may look and not type; absent for one that may type
 */
public record CreateTicket(@Nullable Boolean readOnly) {}
