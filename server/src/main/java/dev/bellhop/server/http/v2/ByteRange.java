// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.http.Call;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;

/** A byte range that a caller requests (RFC 9110, section 14). */
public record ByteRange(long first, long count) {
    private static final Pattern ONE_RANGE = Pattern.compile("bytes *= *([0-9]{0,18})-([0-9]{0,18})");

    /**
     * Parses the range of a request. It ignores unsupported forms, such as several ranges, and conditional ranges,
     * because output has no validator to compare.
     *
     * @return absent if the request has no range; with a count of 0 if the range is outside of the output of {@code
     *     size} bytes
     */
    static Optional<ByteRange> of(Call call, long size) {
        boolean plainGet = call.request().getMethod().equals("GET")
                && call.header(HttpHeader.IF_RANGE.asString()).isEmpty();
        return plainGet
                ? call.header(HttpHeader.RANGE.asString()).flatMap(range -> parse(range, size))
                : Optional.empty();
    }

    /** Parses a range without checking for conditions. */
    public static Optional<ByteRange> parse(String header, long size) {
        Matcher matcher = ONE_RANGE.matcher(header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? Optional.empty() : Optional.of(suffix(Long.parseLong(last), size));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE - 1 : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        return Optional.of(new ByteRange(from, Math.max(0, Math.min(size, to + 1) - from)));
    }

    private static ByteRange suffix(long length, long size) {
        long count = Math.min(length, size);
        return new ByteRange(size - count, count);
    }
}
