// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.Json;
import dev.bellhop.cli.command.CliException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converts an asciicast of version 3 to version 2, which players from before 2025 read, such as asciinema 2. In version 2, an event has the
 * time since the beginning instead of the time since the last event, and the size of the terminal is not in an object. For one thread.
 */
final class OlderCast {
    private static final int VERSION = 2;

    /** Output, input, marker and resize. Version 2 has no event for the exit status. */
    private static final Set<String> KNOWN = Set.of("o", "i", "m", "r");

    /** Where a recording is written. */
    interface Target {
        void write(byte[] bytes) throws IOException;
    }

    private final Target target;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean hasHeader;
    private BigDecimal time = BigDecimal.ZERO;

    OlderCast(Target target) {
        this.target = target;
    }

    /** Converts bytes of the recording, in any pieces; it ends with a line feed. */
    void write(byte[] bytes) throws IOException {
        for (byte each : bytes) {
            if (each == '\n') {
                convert(line.toString(StandardCharsets.UTF_8));
                line.reset();
            } else {
                line.write(each);
            }
        }
    }

    private void convert(String text) throws IOException {
        // Version 3 has comments.
        if (text.isBlank() || text.startsWith("#")) {
            return;
        }
        try {
            JsonNode read = Json.mapper().readTree(text);
            JsonNode converted = hasHeader ? event(read) : header(read);
            hasHeader = true;
            if (!converted.isMissingNode()) {
                target.write((Json.mapper().writeValueAsString(converted) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (JacksonException e) {
            throw new CliException(
                    "Cannot convert this recording because a line of it is not an asciicast of version 3");
        }
    }

    private static JsonNode header(JsonNode read) {
        JsonNode term = read.path("term");
        ObjectNode header = Json.mapper().createObjectNode();
        header.put("version", VERSION);
        header.set("width", term.path("cols"));
        header.set("height", term.path("rows"));
        for (String name : new String[] {"timestamp", "idle_time_limit", "command", "title"}) {
            if (read.has(name)) {
                header.set(name, read.get(name));
            }
        }
        ObjectNode env = header.putObject("env");
        if (read.path("env").isObject()) {
            env.setAll((ObjectNode) read.get("env"));
        }
        if (term.has("type")) {
            env.set("TERM", term.get("type"));
        }
        return header;
    }

    private JsonNode event(JsonNode read) {
        time = time.add(read.path(0).decimalValue());
        if (!KNOWN.contains(read.path(1).asString(""))) {
            return Json.mapper().missingNode();
        }
        ArrayNode event = Json.mapper().createArrayNode();
        return event.add(time).add(read.path(1)).add(read.path(2));
    }
}
