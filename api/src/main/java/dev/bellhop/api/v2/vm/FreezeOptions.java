// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/fsfreeze}, which may be left out.
 *
 * @param seconds for how long at most, 1 to 600; absent for 60
 * @param mountPoints those that are meant, 1 to 100 absolute paths; absent for all
 */
public record FreezeOptions(
        @Nullable Integer seconds, @Nullable List<String> mountPoints) {}
