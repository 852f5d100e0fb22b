// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.ExecutionId;
import java.time.Duration;

/** Something that runs in a guest and is no execution, from its start to its end. Used by one thread. */
final class ScriptRun implements AutoCloseable {
    private static final Backoff POLLING = Backoff.doubling(Duration.ofNanos(500_000), Duration.ofMillis(100));

    private final GuestProcesses processes;
    private final GuestAgent agent;
    private final ExecutionId id;
    private final long pid;
    private final ReplyBudget.Share share = ReplyBudget.shared().newShare();

    private ScriptRun(GuestProcesses processes, GuestAgent agent, ExecutionId id, long pid) {
        this.processes = processes;
        this.agent = agent;
        this.id = id;
        this.pid = pid;
    }

    /**
     * Starts it.
     *
     * @param id of nothing else
     * @param check as in {@link GuestProcesses#start}
     * @throws GuestProcesses.NotReadyException where it was not started
     * @throws AgentException where it may have been
     */
    static ScriptRun start(
            ExecutionId id,
            GuestProcesses processes,
            GuestAgent agent,
            ExecCommand command,
            Runnable check,
            Deadline deadline)
            throws GuestProcesses.NotReadyException, AgentException {
        return new ScriptRun(processes, agent, id, processes.start(id, agent, command, check, deadline));
    }

    /** Waits for its end. */
    ExecStatus end(Deadline deadline) throws AgentException {
        try {
            for (int attempt = 0; ; attempt++) {
                ExecStatus status = processes.poll(id, pid, agent, share, deadline);
                if (status == null) {
                    throw agent.lateInQueue();
                }
                if (status.exited()) {
                    return status;
                }
                Thread.sleep(POLLING.pause(attempt));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw agent.lateInQueue();
        }
    }

    /** What it has told may be forgotten now. */
    @Override
    public void close() {
        processes.release(id, pid);
        share.close();
    }
}
