// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.service.MaskedOutput;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes a command's result field by field rather than from a record: output of any size is streamed from the store to
 * the client in pieces. A small result, the most frequent case, costs next to nothing.
 */
public final class ResultJson {
    private ResultJson() {}

    /** Returns a response with one JSON object, which is streamed if the snapshot does not contain the output. */
    public static HttpResponse response(ExecutionSnapshot snapshot, Consumer<JsonGenerator> fields) {
        if (snapshot.stdout() == null) {
            return new HttpResponse.Streamed(200, Map.of(), HttpResponse.JSON, out -> write(out, fields));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
        write(body, fields);
        return HttpResponse.bytes(200, HttpResponse.JSON, body.toByteArray());
    }

    private static void write(OutputStream out, Consumer<JsonGenerator> fields) {
        try (JsonGenerator json = Json.mapper().createGenerator(new Unclosed(out))) {
            json.writeStartObject();
            fields.accept(json);
            json.writeEndObject();
        }
    }

    /** Writes the fields stdout and stderr as UTF-8; invalid bytes become U+FFFD. */
    public static void writeOutput(JsonGenerator json, MaskedOutput shown, ExecutionSnapshot snapshot) {
        write(json, shown, snapshot, OutputStreamName.STDOUT, snapshot.stdout());
        write(json, shown, snapshot, OutputStreamName.STDERR, snapshot.stderr());
    }

    private static void write(
            JsonGenerator json,
            MaskedOutput shown,
            ExecutionSnapshot snapshot,
            OutputStreamName stream,
            byte @Nullable [] whole) {
        json.writeName(stream.wireName());
        if (whole == null) {
            StoredOutput bytes = new StoredOutput(shown, snapshot.execution(), stream);
            json.writeString(new InputStreamReader(bytes, StandardCharsets.UTF_8), -1);
        } else {
            json.writeString(new String(shown.whole(snapshot.execution(), whole), StandardCharsets.UTF_8));
        }
    }

    /** Passes on flushes but not the close: the generator does not know whether the response is complete. */
    private static final class Unclosed extends FilterOutputStream {
        private Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /** The stored bytes of one stream, fetched in pieces on demand. */
    private static final class StoredOutput extends InputStream {
        /** Memory for each client that reads a large result. */
        private static final int PIECE = 64 * 1024;

        private final MaskedOutput shown;
        private final Execution execution;
        private final OutputStreamName stream;
        private byte[] piece = {};
        private int position;
        private long offset;

        private StoredOutput(MaskedOutput shown, Execution execution, OutputStreamName stream) {
            this.shown = shown;
            this.execution = execution;
            this.stream = stream;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int from, int length) {
            Objects.checkFromIndexSize(from, length, into.length);
            if (length == 0) {
                return 0;
            }
            if (position == piece.length) {
                piece = shown.read(execution, stream, offset, PIECE);
                offset += piece.length;
                position = 0;
                if (piece.length == 0) {
                    return -1;
                }
            }
            int count = Math.min(length, piece.length - position);
            System.arraycopy(piece, position, into, from, count);
            position += count;
            return count;
        }
    }
}
