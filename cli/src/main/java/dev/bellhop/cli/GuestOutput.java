// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v1.ExecResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a command wrote. The text of v1 is these bytes where nothing in it had to be replaced; only where
 * something may have been, or there is no text, are the bytes worth requests of their own.
 */
final class GuestOutput {

    private static final char REPLACEMENT = '\uFFFD';
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int NOT_FOUND = 404;

    private final BellhopClient client;
    private final ExecResult result;

    GuestOutput(BellhopClient client, ExecResult result) {
        this.client = client;
        this.result = result;
    }

    void writeTo(OutputStream out, OutputStream err) throws IOException, InterruptedException {
        write(OutputStreamName.STDOUT, result.stdout(), out);
        write(OutputStreamName.STDERR, result.stderr(), err);
    }

    private void write(OutputStreamName stream, @Nullable String text, OutputStream target)
            throws IOException, InterruptedException {
        boolean exact = text != null && text.indexOf(REPLACEMENT) < 0;
        if (exact || !writeBytes(stream, target)) {
            target.write((text == null ? "" : text).getBytes(StandardCharsets.UTF_8));
        }
        target.flush();
    }

    /** False, with nothing written, where the server has no bytes to give. */
    private boolean writeBytes(OutputStreamName stream, OutputStream target) throws IOException, InterruptedException {
        @Nullable String id = result.executionId();
        if (id == null) {
            return false;
        }
        long offset = 0;
        while (true) {
            OutputChunk chunk;
            try {
                chunk = client.output(id, stream, offset, CHUNK_BYTES);
            } catch (BellhopApiException e) {
                if (e.status() == NOT_FOUND && offset == 0) {
                    return false;
                }
                throw e;
            }
            target.write(chunk.bytes());
            if (chunk.complete()) {
                return true;
            }
            if (chunk.nextOffset() <= offset) {
                throw new CliException("Cannot read the output beyond byte " + offset
                        + " because the server has no more and does not say that it is complete");
            }
            offset = chunk.nextOffset();
        }
    }
}
