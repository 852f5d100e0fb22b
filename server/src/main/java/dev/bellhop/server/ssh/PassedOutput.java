// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.service.ExecutionFollow;
import java.io.IOException;
import java.io.OutputStream;

/** Passes on a command's output to a client, and tracks if all of it was passed on. For one thread. */
final class PassedOutput {
    private static final int PIECE = 64 << 10;

    private final ChannelCommand command;
    private long stdout;
    private long stderr;
    private boolean hasGap;

    PassedOutput(ChannelCommand command) {
        this.command = command;
    }

    /** Passes on all output that is there now. */
    void pass(Execution now, ExecutionFollow.Reader reader) throws IOException {
        for (boolean more = true; more && !command.isOver(); ) {
            long before = stdout + stderr;
            stdout = piece(now, reader, OutputStreamName.STDOUT, stdout, command.out());
            stderr = piece(now, reader, OutputStreamName.STDERR, stderr, command.err());
            more = stdout + stderr > before;
        }
    }

    private long piece(
            Execution now, ExecutionFollow.Reader reader, OutputStreamName stream, long position, OutputStream to)
            throws IOException {
        long from = reader.next(stream, position);
        hasGap |= from > position;
        if (reader.end(now, stream, from) <= from) {
            return from;
        }
        byte[] bytes = reader.read(now, stream, from, PIECE);
        if (bytes.length > 0) {
            to.write(bytes);
            to.flush();
        }
        return from + bytes.length;
    }

    /** Checks if a finished command wrote more than was passed on. */
    boolean isIncomplete(OutputSize size) {
        Long out = size.stdoutWritten();
        Long err = size.stderrWritten();
        boolean nobodyKnows = size.truncated() && out == null && err == null;
        return hasGap || nobodyKnows || (out != null && out > stdout) || (err != null && err > stderr);
    }
}
