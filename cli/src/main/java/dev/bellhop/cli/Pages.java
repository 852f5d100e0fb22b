// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads lists to their end. */
final class Pages {

    private static final int LIMIT = 100;

    private Pages() {}

    @FunctionalInterface
    interface Source<T> {
        Page<T> page(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException;
    }

    static <T> List<T> all(Source<T> source) throws InterruptedException {
        List<T> items = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            Page<T> page = source.page(LIMIT, cursor);
            items.addAll(page.items());
            if (page.nextCursor() != null && page.items().isEmpty()) {
                throw new CliException(
                        "Cannot read the list because the server says that it goes on and gives nothing");
            }
            cursor = page.nextCursor();
        } while (cursor != null);
        return items;
    }
}
