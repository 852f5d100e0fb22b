// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.service.MaskedOutput;
import java.io.InputStream;
import java.util.Objects;

/** The stored bytes of one stream, fetched in pieces as they are read. */
final class StoredOutput extends InputStream {
    /** What each client that reads a large result costs in memory. */
    private static final int PIECE = 64 * 1024;

    private final MaskedOutput shown;
    private final Execution execution;
    private final OutputStreamName stream;
    private byte[] piece = {};
    private int position;
    private long offset;

    StoredOutput(MaskedOutput shown, Execution execution, OutputStreamName stream) {
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
