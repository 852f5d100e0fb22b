// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.ExecutionStore.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Starts commands in guests, each in the best way its guest can, and takes up those that run. Thread safe. */
final class GuestStarter {
    private final VmDirectory directory;
    private final GuestSettings settings;
    private final Supervisors supervisors;
    private final LiveExecutions executions;
    private final ExecutionIds ids;
    private final Clock clock;
    private final StorageQuota quota;
    /** What an earlier server has left open in guests, of what is to be taken up. */
    private final ConcurrentMap<ExecutionId, OpenFiles> leftOpen = new ConcurrentHashMap<>();

    /** When that was sent to its guest. */
    private final ConcurrentMap<ExecutionId, StartMoment> sent = new ConcurrentHashMap<>();

    private final ConcurrentMap<VmId, Guest> guests = new ConcurrentHashMap<>();

    GuestStarter(
            VmDirectory directory,
            GuestSettings settings,
            LiveExecutions executions,
            ExecutionIds ids,
            Clock clock,
            StorageQuota quota) {
        this.directory = directory;
        this.settings = settings;
        this.executions = executions;
        this.supervisors = new Supervisors(settings.spool());
        this.ids = ids;
        this.clock = clock;
        this.quota = quota;
    }

    /** What came of asking a guest to start a command. */
    sealed interface Attempt {
        record Started(ExecutionMode mode, long pid, GuestProcess process) implements Attempt {}

        /** Its supervisor was, which runs nothing before it has all of its input. */
        record InputUnderWay(long pid) implements Attempt {}

        /** It has certainly not been started. */
        record NotStarted(AgentException trouble) implements Attempt {
            /** Whether the same may work later: an agent disables most of its calls while file systems are frozen. */
            boolean mayPass() {
                return !(trouble instanceof AgentErrorException || trouble instanceof RpcMissingException);
            }
        }

        /** What it takes could not be read, or not stored that the guest is asked, so it was not. */
        record NotStored(BellhopException why) implements Attempt {}

        /** It may not be started any more. */
        record NotAllowed(BellhopException why) implements Attempt {}

        /** It is not what was approved. */
        record NotApproved(BellhopException why) implements Attempt {}

        /** The guest cannot run it as it was asked for. */
        record NotSupported(BellhopException why) implements Attempt {}

        /** It may have been started; where it is supervised, the guest can tell. */
        record Unconfirmed(ExecutionMode mode, AgentException trouble) implements Attempt {}
    }

    VmDirectory directory() {
        return directory;
    }

    Supervisors supervisors() {
        return supervisors;
    }

    /**
     * For whoever waits for what a VM's disk has.
     *
     * @param nanoTime a clock as {@link System#nanoTime}
     */
    StoppedVm stoppedVm(LongSupplier nanoTime) {
        return new StoppedVm(settings.stoppedForGood(), nanoTime);
    }

    /** The guest of a VM; the same object each time. */
    Guest guest(VmId vm) {
        return guests.computeIfAbsent(vm, id -> new Guest(id, directory, supervisors, executions, ids));
    }

    /** How a command will be run in a VM, as far as is known; absent where its guest is still to be found out about. */
    @Nullable
    ExecutionMode expectedMode(VmId vm) {
        if (!settings.supervise()) {
            return ExecutionMode.DIRECT;
        }
        Guest guest = guests.get(vm);
        GuestAbility ability = guest == null ? null : guest.lastAbility();
        if (ability == null) {
            return null;
        }
        return ability == GuestAbility.SUPERVISED ? ExecutionMode.SUPERVISED : ExecutionMode.DIRECT;
    }

    /** What is to be stored of a guest that is asked to start an execution. */
    Asked asked(Execution execution, ExecutionMode mode, Instant at) {
        return mode == ExecutionMode.SUPERVISED
                ? new Asked(
                        mode,
                        at,
                        supervisors.of(execution.id()).spool().path(),
                        guest(execution.vm()).boot())
                : new Asked(mode, at);
    }

    /**
     * Asks the guest to start a command.
     *
     * @param check right before the guest is asked: throws a {@link BellhopException} where it may not be
     */
    Attempt start(
            Execution execution,
            DeliverySource source,
            VirtualMachine vm,
            Asking asking,
            ReplyBudget.Share share,
            Runnable check,
            Deadline deadline)
            throws InterruptedException {
        Guest guest = guest(vm.id());
        GuestAbility ability;
        try {
            ability = ability(guest, vm.agent(), deadline);
            if (!source.isAtHand()) {
                // Not to be read, and held, for an agent that is not there.
                guest.processes().awaitReady(vm.agent(), deadline);
            }
        } catch (AgentException e) {
            return new Attempt.NotStarted(e);
        }
        DeliverySource.Content content;
        try {
            content = source.read(deadline);
        } catch (BellhopException e) {
            return new Attempt.NotStored(e);
        }
        try (content) {
            return start(execution, content, guest, ability, vm, asking, share, check, deadline);
        }
    }

    private Attempt start(
            Execution execution,
            DeliverySource.Content content,
            Guest guest,
            GuestAbility ability,
            VirtualMachine vm,
            Asking asking,
            ReplyBudget.Share share,
            Runnable check,
            Deadline deadline) {
        Execution whole = execution.withCommand(content.command());
        if (!ApprovalDigest.isApproved(whole, content.delivery())) {
            return new Attempt.NotApproved(new BellhopException(
                    ErrorCode.DIGEST_MISMATCH, "Cannot run this because it is not what was approved"));
        }
        SupervisedCommand command = command(whole.spec(), content.delivery());
        if (ability != GuestAbility.SUPERVISED && !asking.isOnItsWay()) {
            return startDirect(execution, command, ability, vm, asking, share, check, deadline);
        }
        Attempt attempt = exec(
                execution,
                vm,
                supervisors.of(execution.id()).run(execution.id(), command, asking.onlyBoot()),
                ExecutionMode.SUPERVISED,
                asking,
                share,
                check,
                deadline);
        if (attempt instanceof Attempt.NotStarted(AgentException trouble)
                && trouble instanceof AgentErrorException
                && !asking.isOnItsWay()) {
            // The guest has lost its shell, or its setsid, or cannot start anything now.
            guest.findOutAgain();
            return startDirect(execution, command, GuestAbility.DIRECT, vm, asking, share, check, deadline);
        }
        return attempt;
    }

    /** How commands are run in a guest. */
    GuestAbility ability(Guest guest, GuestAgent agent, Deadline deadline) throws AgentException {
        return guest.ability(settings.supervise(), agent, deadline);
    }

    private Attempt startDirect(
            Execution execution,
            SupervisedCommand command,
            GuestAbility ability,
            VirtualMachine vm,
            Asking asking,
            ReplyBudget.Share share,
            Runnable check,
            Deadline deadline) {
        DirectStart direct = ability == GuestAbility.WINDOWS ? new DirectWindows() : new DirectPosix();
        List<FieldFault> missing = direct.missing(command);
        if (!missing.isEmpty()) {
            return new Attempt.NotSupported(new BellhopException(
                    "Cannot run the command as asked because in VM " + vm.id()
                            + " the guest agent alone looks after commands; see the fields",
                    missing));
        }
        return exec(execution, vm, direct.command(command), ExecutionMode.DIRECT, asking, share, check, deadline);
    }

    private Attempt exec(
            Execution execution,
            VirtualMachine vm,
            ExecCommand command,
            ExecutionMode mode,
            Asking asking,
            ReplyBudget.Share share,
            Runnable check,
            Deadline deadline) {
        GuestProcesses processes = guest(vm.id()).processes();
        if (!asking.isStored(mode)) {
            try {
                // An agent that is not there is asked again and again, and each time would be stored.
                processes.awaitReady(vm.agent(), deadline);
                asking.store(mode, deadline);
            } catch (AgentException e) {
                return new Attempt.NotStarted(e);
            } catch (BellhopException e) {
                return new Attempt.NotStored(e);
            }
        }
        long pid;
        try {
            pid = processes.start(
                    execution.id(),
                    vm.agent(),
                    command,
                    () -> {
                        check.run();
                        asking.sends();
                    },
                    deadline);
        } catch (BellhopException e) {
            return new Attempt.NotAllowed(e);
        } catch (GuestProcesses.NotReadyException e) {
            return new Attempt.NotStarted(e.trouble());
        } catch (AgentException e) {
            return e.mayHaveActed() ? new Attempt.Unconfirmed(mode, e) : new Attempt.NotStarted(e);
        }
        return mode == ExecutionMode.SUPERVISED && command.input() != null
                ? new Attempt.InputUnderWay(pid)
                : new Attempt.Started(mode, pid, process(execution, mode, pid, asking.sent(), share));
    }

    /** The way to what becomes of the input that an agent was given with a start, of which it has told the pid. */
    InputArrival arrival(ExecutionId id, long pid, VirtualMachine vm, Asking asking) {
        return new InputArrival(
                id, pid, vm.agent(), guest(vm.id()), supervisors.of(id).spool(), asking);
    }

    /** What the supervisor is to run. */
    static SupervisedCommand command(ExecutionSpec spec, Delivery delivery) {
        return new SupervisedCommand(
                spec.command(),
                delivery.environment(),
                spec.secretEnv(),
                delivery.directory(),
                delivery.user(),
                delivery.input(),
                delivery.inputFollows(),
                spec.timeout(),
                SupervisedCommand.GRACE);
    }

    /** An earlier server has left it. To be called for one after the other, oldest first: a pid is its newest owner's. */
    void adopt(Unfinished left) {
        Execution execution = left.execution();
        Asked asked = left.asked();
        if (asked != null && asked.spool() != null) {
            supervisors.keep(execution.id(), asked.spool());
        }
        if (execution.pid() != null) {
            leftOpen.put(execution.id(), left.files());
            sent.put(execution.id(), sent(execution, asked));
            guest(execution.vm()).processes().adopt(execution.id(), execution.pid());
        }
    }

    private StartMoment sent(Execution execution, @Nullable Asked asked) {
        Instant now = clock.instant();
        Instant started = execution.startedAt();
        return asked != null && asked.boot() != null
                ? StartMoment.stored(asked, now)
                : StartMoment.stored(started == null ? execution.createdAt() : started, now);
    }

    /** Takes up an execution that an earlier server has started, and that was adopted. */
    GuestProcess resume(Execution execution, ReplyBudget.Share share) {
        long pid = Objects.requireNonNull(execution.pid());
        ExecutionMode mode = execution.mode();
        StartMoment moment = Objects.requireNonNull(sent.remove(execution.id()));
        return process(execution, mode == null ? ExecutionMode.DIRECT : mode, pid, moment, share);
    }

    /**
     * A process whose pid the {@link GuestProcesses} of its guest know already.
     *
     * @param moment when it was sent, at the earliest
     */
    GuestProcess process(
            Execution execution, ExecutionMode mode, long pid, StartMoment moment, ReplyBudget.Share share) {
        Guest guest = guest(execution.vm());
        OpenFiles left = leftOpen.remove(execution.id());
        OutputLimit limit = new OutputLimit(
                settings.maxOutputBytes(), () -> quota.room(execution.spec().account()));
        return switch (mode) {
            case SUPERVISED ->
                new SupervisedProcess(
                        execution,
                        pid,
                        left == null ? OpenFiles.NONE : left,
                        directory,
                        guest,
                        supervisors.of(execution.id()),
                        share,
                        limit,
                        settings,
                        moment);
            case DIRECT ->
                new DirectProcess(
                        execution,
                        pid,
                        directory,
                        guest.processes(),
                        share,
                        guest.firstLook(execution),
                        limit,
                        new StoppedVm(StoppedVm.FOR_GOOD));
        };
    }
}
