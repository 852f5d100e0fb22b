// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.Page;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list: the items after a cursor. A cursor names the last item of the previous page, so items added or
 * removed between requests cause no other item to be repeated or skipped.
 *
 * @param list the name of the list, which its cursors are for
 * @param after position before the page; empty for the first page
 */
public record Paging(String list, int limit, Optional<String> after) {
    private static final int MAX_LIMIT = 100;
    private static final int DEFAULT_LIMIT = 50;

    /** Returns the page of a list that a request asks for. */
    public static Paging of(Call call, String list) {
        int limit = (int) Parameters.integer(call, "limit", 1, MAX_LIMIT)
                .orElse((long) DEFAULT_LIMIT)
                .longValue();
        return new Paging(
                list,
                limit,
                call.query("cursor").map(cursor -> new String(Cursor.position(list, cursor), StandardCharsets.UTF_8)));
    }

    /**
     * Cuts the page out of a complete list.
     *
     * @param position a text that identifies an item and sorts like the list
     */
    public <S, T> Page<T> page(List<S> sorted, Function<S, String> position, Function<List<S>, List<T>> view) {
        List<S> rest = after.map(last -> sorted.stream()
                        .filter(item -> position.apply(item).compareTo(last) > 0)
                        .toList())
                .orElse(sorted);
        List<S> items = rest.subList(0, Math.min(limit, rest.size()));
        return page(view.apply(items), items.size() < rest.size() ? position.apply(items.getLast()) : null);
    }

    /** Returns the item before the page; absent for the first page. */
    public <T> @Nullable T after(Function<String, Optional<T>> parse) {
        return after.map(last -> parse.apply(last).orElseThrow(Cursor::malformed))
                .orElse(null);
    }

    /**
     * Returns a page from items that are already cut.
     *
     * @param next identifies the last item examined; absent if no page follows
     */
    public <T> Page<T> page(List<T> items, @Nullable Object next) {
        return page(list, items, next);
    }

    /** Returns a page of the named list, from items that are already cut. */
    public static <T> Page<T> page(String list, List<T> items, @Nullable Object next) {
        return new Page<>(
                items, next == null ? null : Cursor.of(list, next.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the position of an item in a list that is sorted oldest first. */
    public static String position(Instant createdAt, String id) {
        return String.format(Locale.ROOT, "%015d-%s", createdAt.toEpochMilli(), id);
    }
}
