// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
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

    ExecStatus run(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        try (ScriptRun run = start(agent, command, () -> {}, deadline)) {
            return run.end(deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw e.trouble();
        }
    }

    /** Starts a script; as {@link ScriptRun#start}. */
    ScriptRun start(GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws GuestProcesses.NotReadyException, AgentException {
        return ScriptRun.start(ids.next(), processes, agent, command, check, deadline);
    }

    /**
     * Asks what the guest knows of an execution; empty if the answer cannot be believed.
     *
     * @param claim whether to claim the execution if nobody has, so that a start that comes later runs nothing
     * @param sent when its start was sent, at the earliest
     */
    Optional<Inspection> inspect(GuestAgent agent, ExecutionId id, boolean claim, EarliestStart sent, Deadline deadline)
            throws AgentException {
        Duration ago = sent.ago();
        ExecStatus status = run(agent, supervisors.of(id).inspect(id, claim, sent.boot(), ago), deadline);
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
