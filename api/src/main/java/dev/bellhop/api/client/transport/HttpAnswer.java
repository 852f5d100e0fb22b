// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server answered.
 *
 * @param headers the first value of each, by its name in lower case
 * @param body empty where it is read as it comes
 */
@SuppressWarnings("ArrayRecordComponent") // A body is bytes; nothing compares answers.
public record HttpAnswer(int status, Map<String, String> headers, byte[] body) {

    public static final byte[] NO_BODY = {};

    HttpAnswer withBody(byte[] bytes) {
        return new HttpAnswer(status, headers, bytes);
    }

    public boolean isSuccess() {
        return status / 100 == 2;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    @Override
    public String toString() {
        return "HttpAnswer[" + status + ", " + body.length + " bytes]"; // It may hold a key.
    }
}
