// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Part of a list.
 *
 * @param items the entries of this part, none at all included
 * @param nextCursor the {@code cursor} that asks for the next part; absent in the last one
 */
public record Page<T>(List<T> items, @Nullable String nextCursor) {

    public Page {
        items = List.copyOf(Objects.requireNonNull(items, "items"));
    }
}
