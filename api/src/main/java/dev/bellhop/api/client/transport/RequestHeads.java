// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the heads of the requests to one server, each line with its end, without the empty line. Thread safe. */
final class RequestHeads {

    private static final String LINE_END = "\r\n";

    static final String JSON = "Content-Type: application/json" + LINE_END;
    static final String BYTES = "Content-Type: application/octet-stream" + LINE_END;
    static final String EVENTS = "Accept: text/event-stream" + LINE_END;

    private final String path;
    private final String sameForAll;

    /**
     * @param url of the server
     * @param key the API key; absent where none is sent
     */
    RequestHeads(URI url, @Nullable String key) {
        this.path = url.getRawPath();
        this.sameForAll = "Host: " + url.getRawAuthority() + LINE_END
                + (key == null ? "" : "Authorization: Bearer " + key(key) + LINE_END);
    }

    private static String key(String key) {
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "Cannot use a key that is empty or has blanks or other than ASCII in it");
        }
        return key;
    }

    /**
     * Of a request without a body.
     *
     * @param headers as {@link #lines} makes them
     */
    String of(String method, String path, String headers) {
        return method + ' ' + this.path + path + " HTTP/1.1" + LINE_END + sameForAll + headers;
    }

    /**
     * As the other, of one with a body.
     *
     * @param length in bytes; absent to send it in chunks
     */
    String of(String method, String path, String headers, @Nullable Long length) {
        return of(method, path, headers)
                + (length == null ? "Transfer-Encoding: chunked" : "Content-Length: " + length)
                + LINE_END;
    }

    /** @throws IllegalArgumentException if a value has other than visible characters */
    static String lines(Map<String, String> headers) {
        StringBuilder lines = new StringBuilder();
        headers.forEach((name, value) ->
                lines.append(name).append(": ").append(visible(value)).append(LINE_END));
        return lines.toString();
    }

    /** A header ends with its line: nothing else may be added by its value. */
    private static String visible(String value) {
        if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("Cannot send a header with other than visible characters of ASCII");
        }
        return value;
    }
}
