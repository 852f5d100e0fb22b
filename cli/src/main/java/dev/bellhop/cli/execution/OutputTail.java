// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopApiException;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Finds where the last lines of a stream of output begin. Reads it from its end, as far as it has to. */
final class OutputTail {

    private static final int STEP_BYTES = 64 << 10;
    private static final int NOT_FOUND = 404;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final BellhopClient client;
    private final String id;
    private final boolean raw;

    OutputTail(BellhopClient client, String id, boolean raw) {
        this.client = client;
        this.id = id;
        this.raw = raw;
    }

    /**
     * The offset of the first byte of the last lines; 0 if there are no more lines, or if the server has removed them.
     *
     * @param end how many bytes there are
     */
    long start(OutputStreamName stream, long end, long lines) throws InterruptedException {
        if (lines == 0) {
            return end;
        }
        long found = 0;
        for (long to = end; to > 0; to = Math.max(0, to - STEP_BYTES)) {
            long from = Math.max(0, to - STEP_BYTES);
            byte[] bytes = read(stream, from, to);
            if (bytes == null) {
                return 0; // Nor is there anything before it.
            }
            for (int i = bytes.length - 1; i >= 0; i--) {
                // The line feed at the very end ends the last line, and begins none.
                if (bytes[i] == '\n' && from + i < end - 1 && ++found == lines) {
                    return from + i + 1;
                }
            }
        }
        return 0;
    }

    /** Whether the server has no such output, or no more. */
    static boolean isRemoved(BellhopApiException e) {
        return e.status() == NOT_FOUND || e.status() == RANGE_NOT_SATISFIABLE;
    }

    /** Absent where the server has removed it. */
    private byte @Nullable [] read(OutputStreamName stream, long from, long to) throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long offset = from;
        while (offset < to) {
            OutputChunk chunk;
            try {
                chunk = client.executions().output(id, stream, offset, (int) (to - offset), raw);
            } catch (BellhopApiException e) {
                if (!isRemoved(e)) {
                    throw e;
                }
                return null;
            }
            bytes.writeBytes(chunk.bytes());
            if (chunk.nextOffset() <= offset) {
                break;
            }
            offset = chunk.nextOffset();
        }
        return bytes.toByteArray();
    }
}
