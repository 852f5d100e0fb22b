// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.guest.CapabilityProbe.Capability;
import dev.bellhop.server.execution.script.DirectPosix;
import dev.bellhop.server.execution.script.DirectStart;
import dev.bellhop.server.execution.script.DirectWindows;
import dev.bellhop.server.execution.script.GuestCommand;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import java.util.List;

/** Asks one guest to start commands, each in the best way the guest can. Thread safe. */
record CommandLauncher(GuestProcesses processes, Supervisors supervisors, CapabilityProbe capabilities) {
    LaunchResult start(StartOrder order, GuestAgent agent, Deadline deadline) throws InterruptedException {
        Capability ability;
        try {
            ability = capabilities.find(agent, deadline);
            if (!order.source().isAtHand()) {
                // Do not read and hold what is long for an agent that is not there.
                processes.awaitReady(agent, deadline);
            }
        } catch (AgentException e) {
            return new LaunchResult.NotStarted(e);
        }
        StartOptionsLoader.Content content;
        try {
            content = order.source().read(deadline);
        } catch (BellhopException e) {
            return new LaunchResult.NotStored(e);
        }
        try (content) {
            return start(order, content, ability, agent, deadline);
        }
    }

    private LaunchResult start(
            StartOrder order,
            StartOptionsLoader.Content content,
            Capability ability,
            GuestAgent agent,
            Deadline deadline) {
        Execution whole = order.execution().withCommand(content.command());
        if (!ApprovalDigest.isApproved(whole, content.startOptions())) {
            return new LaunchResult.NotRunnable(
                    Reason.APPROVAL_MISMATCH,
                    new BellhopException(
                            ErrorCode.DIGEST_MISMATCH, "Cannot run this because it is not what was approved"));
        }
        GuestCommand command = GuestCommand.of(whole.spec(), content.startOptions());
        boolean mayArrive = order.intents().mayArrive();
        if (ability != Capability.SUPERVISED && !mayArrive) {
            return startDirect(order, command, ability, agent, deadline);
        }
        ExecutionId id = whole.id();
        LaunchResult result = exec(
                order,
                supervisors.of(id).run(id, command, order.intents().onlyBoot()),
                ExecutionMode.SUPERVISED,
                agent,
                deadline);
        if (result instanceof LaunchResult.NotStarted(AgentException trouble)
                && trouble instanceof AgentErrorException
                && !mayArrive) {
            // The guest has lost its shell, or its setsid, or cannot start anything now.
            capabilities.forget();
            return startDirect(order, command, Capability.DIRECT, agent, deadline);
        }
        return result;
    }

    private LaunchResult startDirect(
            StartOrder order, GuestCommand command, Capability ability, GuestAgent agent, Deadline deadline) {
        DirectStart direct = ability == Capability.WINDOWS ? new DirectWindows() : new DirectPosix(GuestShell.PATH);
        List<FieldFault> missing = direct.missing(command);
        if (!missing.isEmpty()) {
            return new LaunchResult.NotRunnable(
                    Reason.NOT_SUPPORTED,
                    new BellhopException(
                            "Cannot run the command as asked because in VM "
                                    + order.execution().vm()
                                    + " the guest agent alone looks after commands; see the fields",
                            missing));
        }
        return exec(order, direct.command(command), ExecutionMode.DIRECT, agent, deadline);
    }

    private LaunchResult exec(
            StartOrder order, ExecCommand command, ExecutionMode mode, GuestAgent agent, Deadline deadline) {
        StartIntentLog intents = order.intents();
        if (!intents.isStored(mode)) {
            try {
                // An agent that is away is asked again and again, and each time would cost a write.
                processes.awaitReady(agent, deadline);
                intents.store(mode, deadline);
            } catch (AgentException e) {
                return new LaunchResult.NotStarted(e);
            } catch (BellhopException e) {
                return new LaunchResult.NotStored(e);
            }
        }
        Runnable lastCheck = () -> {
            order.check().run();
            intents.sends();
        };
        long pid;
        try {
            ExecutionId id = order.execution().id();
            pid = mode == ExecutionMode.SUPERVISED
                    ? processes.startSupervisor(id, agent, command, lastCheck, deadline)
                    : processes.start(id, agent, command, lastCheck, deadline);
        } catch (BellhopException e) {
            return new LaunchResult.NotAllowed(e);
        } catch (GuestProcesses.NotReadyException e) {
            return new LaunchResult.NotStarted(e.trouble());
        } catch (AgentException e) {
            return e.mayHaveActed() ? new LaunchResult.Unconfirmed(mode, e) : new LaunchResult.NotStarted(e);
        }
        return mode == ExecutionMode.SUPERVISED && command.input() != null
                ? new LaunchResult.StdinUnderWay(pid)
                : new LaunchResult.Started(mode, pid);
    }
}
