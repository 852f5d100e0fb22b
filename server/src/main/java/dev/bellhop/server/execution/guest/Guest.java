// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.script.GroupAction;
import dev.bellhop.server.execution.script.Inspection;
import dev.bellhop.server.execution.script.Supervisor;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One VM's guest: starts commands in it, finds out what became of a start, signals and cancels them, and writes their
 * stdin. Thread safe.
 */
public final class Guest {
    private final VmId id;
    private final VmDirectory directory;
    private final Supervisors supervisors;
    private final StreamReadiness readiness = new StreamReadiness();
    private final GuestProcesses processes;
    private final StreamedScripts streamedScripts;
    private final StreamedStdin streamedStdin;
    private final PollDelayEstimate firstLook = new PollDelayEstimate();
    private final GuestScripts scripts;
    private final SpoolCleaner cleaner;
    private final CapabilityProbe capabilities;
    private final CommandLauncher launcher;

    /**
     * One for a VM.
     *
     * @param streams over which supervisors are started where one is open
     * @param journal says what has not ended in the VM, and so has to stay in the spool
     */
    public Guest(
            VmId id,
            VmDirectory directory,
            OpenStreams streams,
            GuestSettings settings,
            Supervisors supervisors,
            ExecutionJournal journal,
            ExecutionIds ids,
            BooleanSupplier isStopping,
            LongSupplier nanoTime) {
        this.id = id;
        this.directory = directory;
        this.supervisors = supervisors;
        this.processes = new GuestProcesses(new StreamedProcesses(id, streams, readiness));
        this.streamedScripts = new StreamedScripts(id, streams, readiness);
        this.streamedStdin = new StreamedStdin(id, streams, readiness);
        this.scripts = new GuestScripts(processes, supervisors, ids);
        this.cleaner =
                new SpoolCleaner(id, directory, supervisors, journal, scripts, settings.removedAfter(), isStopping);
        this.capabilities = new CapabilityProbe(
                settings.supervise(), supervisors.usual(), ids, scripts, cleaner, firstLook, nanoTime);
        this.launcher = new CommandLauncher(processes, supervisors, capabilities);
    }

    public Optional<VirtualMachine> vm() {
        return directory.find(id);
    }

    /** How the next command will run; finds it out where it is not known. */
    public ExecutionMode mode(GuestAgent agent, Deadline deadline) throws AgentException {
        return capabilities.find(agent, deadline) == CapabilityProbe.Capability.SUPERVISED
                ? ExecutionMode.SUPERVISED
                : ExecutionMode.DIRECT;
    }

    /** Whether it is a Windows, as far as it says. */
    public boolean isWindows(GuestAgent agent, Deadline deadline) throws AgentException {
        return capabilities.isWindows(agent, deadline);
    }

    @Nullable
    public ExecutionMode expectedMode() {
        return capabilities.expectedMode();
    }

    public StartIntent intent(ExecutionId execution, ExecutionMode mode, Instant at) {
        return scripts.intent(execution, mode, at);
    }

    public StartIntentLog intentLog(
            ExecutionId execution,
            @Nullable StartIntent stored,
            boolean recovered,
            ExecutionJournal journal,
            Clock clock) {
        return new StartIntentLog(execution, stored, recovered, journal, scripts, clock);
    }

    public LaunchResult start(StartOrder order, GuestAgent agent, Deadline deadline) throws InterruptedException {
        return launcher.start(order, agent, deadline);
    }

    /** Follows the stdin that an agent was given with a start, of which it has told the pid. */
    public StdinHandover stdinHandover(ExecutionId execution, long pid, GuestAgent agent, StartIntentLog intents) {
        return new StdinHandover(
                execution,
                pid,
                agent,
                processes,
                scripts,
                supervisors.of(execution).spool(),
                intents);
    }

    /**
     * Finds out whether a start has arrived.
     *
     * @param claim whether to claim the execution if nobody has, so that it never runs
     * @param sent when the start was sent, at the earliest
     */
    public Settlement settle(
            ExecutionId execution, GuestAgent agent, boolean claim, EarliestStart sent, Deadline deadline)
            throws AgentException {
        Optional<Inspection> told = inspect(agent, execution, claim, sent, deadline);
        if (told.isEmpty()) {
            return new Settlement.Unknown();
        }
        UUID boot = told.get().boot();
        return switch (told.get().claim()) {
            case Inspection.Claim.Run(long pid, UUID claimBoot) -> {
                // In another boot of the guest another process has the pid.
                if (claimBoot.equals(boot)) {
                    processes.adopt(execution, pid);
                }
                yield new Settlement.Started(pid);
            }
            case Inspection.Claim.Voided _ -> new Settlement.Voided();
            // If a claim was to be made and could not be, the next time will tell.
            case Inspection.Claim.Nobody _ -> claim ? new Settlement.Unknown() : new Settlement.NotThere(boot);
            case Inspection.Claim.Unfinished _ -> new Settlement.Unknown();
            case Inspection.Claim.Earlier _ -> new Settlement.Restarted();
        };
    }

    /**
     * Ends the processes of an execution: TERM, and KILL after the grace period. It can be repeated.
     *
     * @return empty if the answer cannot be believed
     */
    public Optional<GroupAction.Outcome> cancel(
            ExecutionId execution, Duration grace, GuestAgent agent, Deadline deadline) throws AgentException {
        ExecCommand command = supervisors.of(execution).cancel(execution, grace);
        ExecStatus answer;
        try {
            Optional<ExecStatus> streamed = streamedScripts.run(agent, command, () -> {}, deadline);
            answer = streamed.isPresent() ? streamed.get() : script(agent, command, deadline);
        } catch (ScriptLostException e) {
            answer = script(agent, command, deadline);
        }
        return GroupAction.CANCEL.parse(answer.stdout(), execution);
    }

    /**
     * Sends a signal to the processes of an execution, once.
     *
     * @param check called right before it is sent: what it throws is thrown, and nothing is sent
     */
    public SignalResult signal(ExecutionId execution, int signal, GuestAgent agent, Runnable check, Deadline deadline) {
        ExecCommand command = supervisors.of(execution).signal(execution, signal);
        try {
            Optional<ExecStatus> streamed = streamedScripts.run(agent, command, check, deadline);
            return streamed.isPresent()
                    ? signalled(streamed.get(), execution)
                    : signalByAgent(execution, command, agent, check, deadline);
        } catch (ScriptLostException e) {
            return new SignalResult.Unconfirmed(StreamedProcesses.unconfirmed(e));
        }
    }

    private SignalResult signalByAgent(
            ExecutionId execution, ExecCommand command, GuestAgent agent, Runnable check, Deadline deadline) {
        boolean started = false;
        try (GuestScripts.Run script = scripts.start(agent, command, check, deadline)) {
            started = true;
            return signalled(script.end(deadline), execution);
        } catch (GuestProcesses.NotReadyException e) {
            return new SignalResult.NotSent(e.trouble());
        } catch (AgentException e) {
            return started || e.mayHaveActed() ? new SignalResult.Unconfirmed(e) : new SignalResult.NotSent(e);
        }
    }

    private static SignalResult signalled(ExecStatus answer, ExecutionId execution) {
        return GroupAction.SIGNAL
                .parse(answer.stdout(), execution)
                .<SignalResult>map(SignalResult.Done::new)
                .orElse(new SignalResult.Unconfirmed(null));
    }

    /**
     * Writes what is not there yet of these bytes to the stdin of an execution.
     *
     * @param check called right before they are written, as in {@link #signal}
     * @return how long its stdin is then; empty if the execution has no such stdin, or not yet
     * @throws dev.bellhop.server.failure.BellhopException as {@link StdinWriter#write}
     */
    public OptionalLong writeStdin(
            ExecutionId execution, StdinPiece piece, GuestAgent agent, Runnable check, Deadline deadline)
            throws AgentException {
        OptionalLong streamed =
                streamedStdin.write(execution, piece, supervisors.of(execution).spool(), agent, check, deadline);
        return streamed.isPresent()
                ? streamed
                : processes.exclusively(agent, deadline, () -> {
                    check.run();
                    return stdin(execution, agent, deadline).write(piece);
                });
    }

    /** Whether an execution whose stdin could not be written to certainly takes none. */
    public boolean takesNoStdin(ExecutionId execution, GuestAgent agent, Deadline deadline) throws AgentException {
        return processes.exclusively(
                agent, deadline, () -> stdin(execution, agent, deadline).isNone());
    }

    private StdinWriter<AgentException> stdin(ExecutionId execution, GuestAgent agent, Deadline deadline) {
        return new StdinWriter<>(
                new AgentSpoolFiles(agent, deadline), supervisors.of(execution).spool(), execution);
    }

    public GuestProcesses processes() {
        return processes;
    }

    public Supervisor supervisor(ExecutionId execution) {
        return supervisors.of(execution);
    }

    /** Runs something that is no execution and can be repeated, and waits for its end. */
    public ExecStatus script(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        return scripts.run(agent, command, deadline);
    }

    /**
     * Runs something that is no execution and may change something, and waits for its end. What it leaves running lives on.
     *
     * @param command without variables and input
     * @param mayStream whether to use the stream if one is open
     * @throws AgentException as {@link GuestScripts#runOnce}
     * @throws ScriptLostException if it was started, and its end is unknown
     */
    public ExecStatus scriptOnce(GuestAgent agent, ExecCommand command, boolean mayStream, Deadline deadline)
            throws AgentException, ScriptLostException {
        Optional<ExecStatus> streamed =
                mayStream ? streamedScripts.run(agent, command, () -> {}, deadline) : Optional.empty();
        return streamed.isPresent() ? streamed.get() : scripts.runOnce(agent, command, deadline);
    }

    /** Returns a lease of the open stream if the guest is awake and its file systems are not frozen. */
    public Optional<StreamLease> readyStream(GuestAgent agent, Deadline deadline) {
        return streamedScripts.ready(agent, deadline);
    }

    /** Whether the guest's file systems are frozen, as far as is known. Takes at most a moment. */
    public boolean isFrozen(GuestAgent agent) {
        return readiness.isFrozen(agent);
    }

    /** File systems of the guest are about to be frozen; what this returns is run once it is known whether they are. */
    public Runnable freezing() {
        return readiness.freezing();
    }

    /** As {@link GuestScripts#inspect}. */
    public Optional<Inspection> inspect(
            GuestAgent agent, ExecutionId execution, boolean claim, EarliestStart sent, Deadline deadline)
            throws AgentException {
        return scripts.inspect(agent, execution, claim, sent, deadline);
    }

    public void saidBoot(@Nullable UUID boot) {
        scripts.saidBoot(boot);
    }

    /** When to look at an execution first; one that was taken up says nothing of how long a command takes. */
    public PollDelayEstimate firstLook(Execution execution) {
        return execution.pid() == null ? firstLook : new PollDelayEstimate();
    }

    /** Forgets what the guest can do: it does not hold any more. */
    public void probeAgain() {
        capabilities.forget();
    }

    public void removeLater(ExecutionId execution) {
        cleaner.removeLater(execution);
    }
}
