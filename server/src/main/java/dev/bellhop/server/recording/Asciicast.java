// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.api.Json;
import dev.bellhop.server.terminal.WindowSize;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The lines of an asciicast of version 3, each JSON in UTF-8 with a line feed: a header, and events. An event has an
 * interval in seconds since the previous event, a code and a text.
 */
final class Asciicast {
    static final String OUTPUT = "o";
    static final String INPUT = "i";
    static final String RESIZE = "r";
    static final String MARKER = "m";
    static final String EXIT = "x";

    private static final int VERSION = 3;
    private static final int MILLIS = 3;

    private Asciicast() {}

    /**
     * One event.
     *
     * @param millis time since the previous event
     */
    record Event(long millis, String code, String text) {
        byte[] line() {
            return Asciicast.line(List.of(BigDecimal.valueOf(millis, MILLIS), code, text));
        }

        /** Omits the text, which must stay out of logs. */
        @Override
        public String toString() {
            return "Event[" + millis + ", " + code + "]";
        }
    }

    /**
     * Returns the first line.
     *
     * @param type terminal type, as in the variable TERM; absent if unknown
     */
    static byte[] header(WindowSize size, @Nullable String type, Instant at, String title) {
        Map<String, Object> term = new LinkedHashMap<>();
        term.put("cols", size.cols());
        term.put("rows", size.rows());
        if (type != null) {
            term.put("type", type);
        }
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("version", VERSION);
        header.put("term", term);
        header.put("timestamp", at.getEpochSecond());
        header.put("title", title);
        return line(header);
    }

    private static byte[] line(Object content) {
        return (Json.mapper().writeValueAsString(content) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Parses a line that {@link Event#line} has made; absent for the header. */
    static @Nullable Event parse(byte[] line) {
        try {
            JsonNode node = Json.mapper().readTree(line);
            return node.isArray()
                    ? new Event(
                            node.path(0).decimalValue().movePointRight(MILLIS).longValue(),
                            node.path(1).asString(),
                            node.path(2).asString())
                    : null;
        } catch (JacksonException e) {
            // The exception's message would quote the line.
            throw new IllegalStateException("a recording has a line that is no JSON");
        }
    }
}
