// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.service.MaskedOutput;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonGenerator;

/** Writes output into JSON, of any size: what is large goes from the store to the client in pieces. */
public final class ResultText {
    private ResultText() {}

    /** One stream as UTF-8; what is not valid in it becomes U+FFFD. */
    public static void write(
            JsonGenerator json, MaskedOutput shown, ExecutionSnapshot snapshot, OutputStreamName stream) {
        byte[] whole = stream == OutputStreamName.STDOUT ? snapshot.stdout() : snapshot.stderr();
        if (whole == null) {
            StoredOutput bytes = new StoredOutput(shown, snapshot.execution(), stream);
            json.writeString(new InputStreamReader(bytes, StandardCharsets.UTF_8), -1);
        } else {
            json.writeString(new String(shown.whole(snapshot.execution(), whole), StandardCharsets.UTF_8));
        }
    }

    /** The generator flushes into the stream; whether the answer is whole is not for the generator to say. */
    public static final class Unclosed extends FilterOutputStream {
        public Unclosed(OutputStream out) {
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
}
