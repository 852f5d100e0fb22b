// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.forward;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text frame of a forwarded connection's WebSocket.
 *
 * @param type {@code eof}, either way: no more comes from here; or {@code ended}, from the server
 * @param reason with {@code ended}: {@code closed}, {@code idle}, {@code not_allowed}, {@code lost} or {@code shutting_down}
 */
public record ForwardMessage(String type, @Nullable String reason) {
    public static final String EOF = "eof";
    public static final String ENDED = "ended";

    public ForwardMessage {
        Objects.requireNonNull(type, "type");
    }

    public static ForwardMessage eof() {
        return new ForwardMessage(EOF, null);
    }

    public static ForwardMessage ended(String reason) {
        return new ForwardMessage(ENDED, reason);
    }
}
