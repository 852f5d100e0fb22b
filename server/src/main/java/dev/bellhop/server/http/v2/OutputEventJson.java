// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.OutputEvent;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.http.body.Utf8;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.ObjectWriter;

/**
 * Writes output as an {@link OutputEvent}, directly from its bytes: converting each piece to a string and back used
 * half of the time to send a fast command's output.
 */
final class OutputEventJson {
    private static final ObjectWriter WRITER = Json.mapper().writer().without(StreamWriteFeature.AUTO_CLOSE_TARGET);

    private OutputEventJson() {}

    /**
     * Writes a piece of output.
     *
     * @param length length of the piece in {@code bytes}
     * @param readAt absent if the event does not include the time
     */
    static void write(
            OutputStreamName stream,
            long offset,
            byte[] bytes,
            int length,
            @Nullable Instant readAt,
            OutputStream out) {
        if (!Utf8.isText(bytes, length)) {
            String base64 = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, length));
            WRITER.writeValue(out, new OutputEvent(stream.wireName(), offset, null, base64, readAt));
            return;
        }
        try (JsonGenerator json = WRITER.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringProperty("stream", stream.wireName());
            json.writeNumberProperty("offset", offset);
            json.writeName("text");
            json.writeUTF8String(bytes, 0, length);
            if (readAt != null) {
                json.writeStringProperty("readAt", Json.timestamp(readAt));
            }
            json.writeEndObject();
        }
    }
}
