// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Writes the stdin of commands in one VM over its stream, if one is open and nothing speaks against it. The command may have been started
 * by the agent. Thread safe.
 */
record StreamedStdin(VmId vm, OpenStreams streams, StreamReadiness readiness) {
    /** A stream that takes longer stands still. The agent has as much time at least. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /**
     * Writes the bytes of a piece that have not arrived yet.
     *
     * @param check called right before the write; if it throws, nothing is written
     * @return how long the input is then; empty if the agent has to write. Parts of the piece may be there
     */
    OptionalLong write(
            ExecutionId id, StdinPiece piece, Spool spool, GuestAgent agent, Runnable check, Deadline deadline) {
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return OptionalLong.empty();
        }
        try (lease) {
            if (!readiness.isReady(lease.stream(), agent, deadline)) {
                return OptionalLong.empty();
            }
            check.run();
            Duration half = deadline.remaining().dividedBy(2);
            Deadline own = Deadline.after(half.compareTo(TIMEOUT) < 0 ? half : TIMEOUT);
            return new StdinWriter<>(new StreamSpoolFiles(lease.stream(), own), spool, id).write(piece);
        } catch (StreamException e) {
            // The agent looks at how much is there.
            return OptionalLong.empty();
        }
    }
}
