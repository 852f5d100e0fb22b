// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import org.jspecify.annotations.Nullable;

/**
 * One event, or one comment.
 *
 * @param event the name; null for a comment
 * @param data absent data is the empty text
 */
public record SseMessage(@Nullable String id, @Nullable String event, String data) {

    @Override
    public String toString() {
        return "SseMessage[id=" + id + ", event=" + event + ", " + data.length() + " chars]";
    }
}
