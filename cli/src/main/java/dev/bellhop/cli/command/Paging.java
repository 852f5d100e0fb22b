// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads lists that the server gives page by page. */
public final class Paging {

    private static final int MAX_PAGE = 100;

    private Paging() {}

    /** Requests one page. */
    @FunctionalInterface
    public interface Source<T> {
        Page<T> page(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException;
    }

    /**
     * All of a list.
     *
     * @throws CliException if the server gives an empty page that is not the last: that could go on for ever
     */
    public static <T> Page<T> all(Source<T> source) throws InterruptedException {
        return first(Long.MAX_VALUE, (limit, cursor) -> {
            Page<T> page = source.page(limit, cursor);
            if (page.nextCursor() != null && page.items().isEmpty()) {
                throw new CliException(
                        "Cannot read the list because the server says that it goes on and gives nothing");
            }
            return page;
        });
    }

    /** The first items of a list, and the cursor of the rest if there is one. A page may be empty without being the last. */
    public static <T> Page<T> first(long limit, Source<T> source) throws InterruptedException {
        List<T> items = new ArrayList<>();
        String cursor = null;
        do {
            Page<T> page = source.page((int) Math.min(MAX_PAGE, limit - items.size()), cursor);
            items.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null && items.size() < limit);
        return new Page<>(items, cursor);
    }
}
