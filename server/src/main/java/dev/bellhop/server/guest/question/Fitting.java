// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.question;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToIntFunction;

/** How much of a list fits in one message. */
public final class Fitting {
    /** Overhead of one item: field names, lengths and numbers. */
    private static final int BESIDE = 200;

    /** A message between servers has at most 512 KiB; this leaves room for its other fields. */
    private static final int MAX_BYTES = 448 << 10;

    private Fitting() {}

    /** Returns the first items that fit. */
    public static <T> List<T> first(List<T> items, ToIntFunction<T> length) {
        int bytes = 0;
        for (int i = 0; i < items.size(); i++) {
            bytes += BESIDE + length.applyAsInt(items.get(i));
            if (bytes > MAX_BYTES) {
                return items.subList(0, i);
            }
        }
        return items;
    }

    /** Returns the length of a text in bytes. */
    public static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
