// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a stream of server-sent events apart, as the WHATWG HTML standard has them, section 9.2: as much of it as a Bellhop
 * server sends, and what others add is skipped. Not thread safe.
 */
final class SseParser {

    /** An event has 64 KiB of output, each byte of which can take six characters of JSON. */
    private static final int MAX_LINE_LENGTH = 1 << 20;

    private final Consumer<SseMessage> messages;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private @Nullable String id;
    private @Nullable String event;
    private @Nullable StringBuilder data;

    SseParser(Consumer<SseMessage> messages) {
        this.messages = messages;
    }

    /** Takes the next bytes; an event is told of once the empty line after it is there. */
    void feed(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int end = lineEnd(bytes);
            int length = end - bytes.position();
            if (length > MAX_LINE_LENGTH - line.size()) {
                throw new MalformedException();
            }
            line.write(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
            bytes.position(end);
            if (bytes.hasRemaining()) {
                bytes.get();
                String text = line.toString(StandardCharsets.UTF_8);
                line.reset();
                line(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
            }
        }
    }

    /** Where the line ends, or what there is of it. */
    private static int lineEnd(ByteBuffer bytes) {
        byte[] array = bytes.array();
        int offset = bytes.arrayOffset();
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            if (array[offset + i] == '\n') {
                return i;
            }
        }
        return bytes.limit();
    }

    private void line(String text) {
        if (text.isEmpty()) {
            if (event != null) {
                messages.accept(new SseMessage(id, event, data == null ? "" : data.toString()));
            }
            id = null;
            event = null;
            data = null;
        } else if (text.startsWith(":")) {
            messages.accept(new SseMessage(null, null, ""));
        } else {
            int colon = text.indexOf(':');
            String name = colon < 0 ? text : text.substring(0, colon);
            String value = colon < 0 ? "" : text.substring(colon + 1);
            field(name, value.startsWith(" ") ? value.substring(1) : value);
        }
    }

    private void field(String name, String value) {
        switch (name) {
            case "id" -> id = value;
            case "event" -> event = value;
            case "data" ->
                data = data == null
                        ? new StringBuilder(value)
                        : data.append('\n').append(value);
            default -> {
                // Of a later version.
            }
        }
    }
}
