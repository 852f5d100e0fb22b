// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.http.Call;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;

/** A range of bytes that a caller asks for (RFC 9110, section 14). */
public record ByteRange(long first, long count) {
    private static final Pattern ONE_RANGE = Pattern.compile("bytes *= *([0-9]{0,18})-([0-9]{0,18})");

    /**
     * The range in a request. One that is not understood, such as several ranges, is ignored, as is one with a
     * condition, since output has no name for its former state.
     *
     * @return absent where the request has none; with a count of 0 where the output of {@code size} bytes has none of
     *     it
     */
    static Optional<ByteRange> of(Call call, long size) {
        boolean plainGet = call.request().getMethod().equals("GET")
                && call.header(HttpHeader.IF_RANGE.asString()).isEmpty();
        return plainGet
                ? call.header(HttpHeader.RANGE.asString()).flatMap(range -> parse(range, size))
                : Optional.empty();
    }

    /** The same, of a header that counts. */
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
