// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.Page;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One page of a list: the items after a cursor. A cursor names the last item of the page before, so that what is added
 * or removed meanwhile neither repeats nor hides another item.
 *
 * @param after the position after which the page begins; empty for the first page
 */
public record Paging(int limit, Optional<String> after) {
    private static final int MAX_LIMIT = 100;
    private static final int USUAL = 50;

    public static Paging of(Call call) {
        int limit = (int) Parameters.integer(call, "limit", 1, MAX_LIMIT)
                .orElse((long) USUAL)
                .longValue();
        return new Paging(limit, call.query("cursor").map(Paging::decode));
    }

    /**
     * Cuts the page out of a whole list.
     *
     * @param position a text that names an item and sorts as the list is sorted
     */
    public <S, T> Page<T> page(List<S> sorted, Function<S, String> position, Function<List<S>, List<T>> view) {
        List<S> rest = after.map(last -> sorted.stream()
                        .filter(item -> position.apply(item).compareTo(last) > 0)
                        .toList())
                .orElse(sorted);
        List<S> items = rest.subList(0, Math.min(limit, rest.size()));
        String next = items.size() < rest.size() ? encode(position.apply(items.getLast())) : null;
        return new Page<>(view.apply(items), next);
    }

    public static String encode(String position) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(position.getBytes(StandardCharsets.UTF_8));
    }

    private static String decode(String cursor) {
        try {
            return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    public static BellhopException malformed() {
        return new BellhopException(
                "Cannot use this cursor; take nextCursor from the page before, as it is",
                List.of(new FieldFault("cursor", "A nextCursor of this list", Fault.MALFORMED)));
    }
}
