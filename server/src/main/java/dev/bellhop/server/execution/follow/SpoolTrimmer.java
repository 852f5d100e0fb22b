// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.script.Supervisor;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps the files of one execution that writes a lot from filling its guest's disk: what is stored here, or will not be,
 * is given back to the disk from time to time. Used by one thread.
 */
public final class SpoolTrimmer {
    /** What an execution's files take on the guest's disk, more or less, as long as a server follows it. */
    public static final long STEP = 16L << 20;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration BETWEEN_DROPS = Duration.ofSeconds(5);

    private final Guest guest;
    private final Supervisor supervisor;
    private final ExecutionId id;
    private final CommandOutput output;
    private final LongSupplier nanoTime;
    private long released;
    private long lastDropped;

    SpoolTrimmer(Guest guest, Supervisor supervisor, ExecutionId id, CommandOutput output, LongSupplier nanoTime) {
        this.guest = guest;
        this.supervisor = supervisor;
        this.id = id;
        this.output = output;
        this.nanoTime = nanoTime;
        this.lastDropped = nanoTime.getAsLong();
    }

    /** Gives back what is not needed any more, where that is worth it. */
    void giveBack(GuestAgent agent, GuestProcess.Sink sink) throws AgentException {
        if (output.room() > 0 || output.isPassing(sink)) {
            upTo(output.place(OutputStreamName.STDOUT), output.place(OutputStreamName.STDERR), agent);
            return;
        }
        // Nothing more is kept. How long the files are tells in the end how much there was.
        long now = nanoTime.getAsLong();
        if (now - lastDropped > BETWEEN_DROPS.toNanos()) {
            lastDropped = now;
            output.dropped();
            upTo(output.length(OutputStreamName.STDOUT, agent), output.length(OutputStreamName.STDERR, agent), agent);
        }
    }

    private void upTo(long stdout, long stderr, GuestAgent agent) throws AgentException {
        if (stdout + stderr - released < STEP) {
            return;
        }
        guest.script(agent, supervisor.release(id, stdout, stderr), Deadline.after(TIMEOUT));
        released = stdout + stderr;
    }
}
