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
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.script.Inspection;
import dev.bellhop.server.execution.script.Supervisors;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Runs scripts beside the executions of one guest, and remembers which boot the guest reported last. Thread safe. */
final class GuestScripts {
    private static final Backoff POLLING = Backoff.doubling(Duration.ofNanos(500_000), Duration.ofMillis(100));

    private final GuestProcesses processes;
    private final Supervisors supervisors;
    private final ExecutionIds ids;
    private volatile @Nullable UUID boot;

    GuestScripts(GuestProcesses processes, Supervisors supervisors, ExecutionIds ids) {
        this.processes = processes;
        this.supervisors = supervisors;
        this.ids = ids;
    }

    /** The boot that the guest reported last; absent if it never has. */
    @Nullable
    UUID boot() {
        return boot;
    }

    void saidBoot(@Nullable UUID said) {
        if (said != null) {
            boot = said;
        }
    }

    /** Runs a script that can be repeated. The agent may have run it, whatever the exception says. */
    ExecStatus run(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        try (Run run = start(agent, command, () -> {}, deadline)) {
            return run.end(deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw e.trouble();
        }
    }

    /**
     * Runs a script that changes something.
     *
     * @throws AgentException if it was not started, or {@link AgentException#mayHaveActed()}
     * @throws ScriptLostException if it was started, and its end is unknown
     */
    ExecStatus runOnce(GuestAgent agent, ExecCommand command, Deadline deadline)
            throws AgentException, ScriptLostException {
        try (Run run = start(agent, command, () -> {}, deadline)) {
            return endOrLost(run, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw e.trouble();
        }
    }

    private static ExecStatus endOrLost(Run run, Deadline deadline) throws ScriptLostException {
        try {
            return run.end(deadline);
        } catch (AgentException e) {
            throw new ScriptLostException("the guest agent did not report how it ended", e);
        }
    }

    /**
     * Starts a script.
     *
     * @param check as in {@link GuestProcesses#start}
     * @throws GuestProcesses.NotReadyException where it was not started
     * @throws AgentException where it may have been
     */
    Run start(GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws GuestProcesses.NotReadyException, AgentException {
        ExecutionId id = ids.next();
        return new Run(agent, id, processes.start(id, agent, command, check, deadline));
    }

    /** A script that runs. Used by one thread. */
    final class Run implements AutoCloseable {
        private final GuestAgent agent;
        private final ExecutionId id;
        private final long pid;
        private final ReplyBudget.Share share = ReplyBudget.shared().newShare();

        private Run(GuestAgent agent, ExecutionId id, long pid) {
            this.agent = agent;
            this.id = id;
            this.pid = pid;
        }

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

    /**
     * Asks what the guest knows of an execution; empty if the answer cannot be believed.
     *
     * @param claim whether to claim the execution if nobody has, so that a start that comes later runs nothing
     * @param sent when its start was sent, at the earliest
     */
    Optional<Inspection> inspect(GuestAgent agent, ExecutionId id, boolean claim, EarliestStart sent, Deadline deadline)
            throws AgentException {
        ExecStatus status = run(agent, supervisors.of(id).inspect(id, claim, sent.boot(), sent.ago()), deadline);
        Optional<Inspection> inspection = Inspection.parse(status.stdout(), id);
        inspection.ifPresent(told -> saidBoot(told.boot()));
        return inspection;
    }

    /** What to store before the guest is asked to start an execution. */
    StartIntent intent(ExecutionId id, ExecutionMode mode, Instant at) {
        return mode == ExecutionMode.SUPERVISED
                ? new StartIntent(mode, at, supervisors.of(id).spool().path(), boot)
                : new StartIntent(mode, at);
    }
}
