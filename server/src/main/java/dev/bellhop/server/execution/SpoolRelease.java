// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import java.time.Duration;

/**
 * Keeps the files of one execution that writes a lot from filling its guest's disk: what is stored here, or will not be,
 * is given back to the disk from time to time. Used by one thread.
 */
final class SpoolRelease {
    /** What an execution's files take on the guest's disk, more or less, as long as a server follows it. */
    static final long STEP = 16L << 20;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Guest guest;
    private final Supervisor supervisor;
    private final ExecutionId id;
    private long released;

    SpoolRelease(Guest guest, Supervisor supervisor, ExecutionId id) {
        this.guest = guest;
        this.supervisor = supervisor;
        this.id = id;
    }

    /** Gives back the first bytes of both files where that is worth it. */
    void upTo(long stdout, long stderr, GuestAgent agent) throws AgentException {
        if (stdout + stderr - released < STEP) {
            return;
        }
        guest.script(agent, supervisor.release(id, stdout, stderr), Deadline.after(TIMEOUT));
        released = stdout + stderr;
    }
}
