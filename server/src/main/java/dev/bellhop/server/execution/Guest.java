// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One VM's guest: the way to its processes, and what it can do. Thread safe.
 *
 * <p>What a guest can do is found out with its first command and again after a while, since agents are upgraded, their
 * configuration changes and guests are replaced; soon where something failed, which need not fail again.
 */
final class Guest {
    private static final String OS_INFO = "guest-get-osinfo";
    private static final String EXEC = "guest-exec";
    private static final String EXEC_STATUS = "guest-exec-status";
    private static final Duration KNOWN_FOR = Duration.ofMinutes(10);

    /** What came of a failure may pass. */
    private static final Duration DOUBTED_AFTER = Duration.ofMinutes(1);

    private static final List<String> FILE_CALLS =
            List.of("guest-file-open", "guest-file-read", "guest-file-seek", "guest-file-close");
    private static final int TRIES = 3;

    private final Supervisors supervisors;
    private final ExecutionIds ids;
    private final SpoolCleaner cleaner;
    private final GuestProcesses processes = new GuestProcesses();
    private final FirstLook firstLook = new FirstLook();
    private final ReentrantLock finding = new ReentrantLock();

    private final LongSupplier nanoTime;

    private volatile @Nullable Known known;

    private volatile @Nullable UUID boot;

    /** @param until when it is to be found out again */
    private record Known(GuestAbility ability, long until) {}

    /** @param ids for what is run in the guest beside executions */
    Guest(VmId vm, VmDirectory directory, Supervisors supervisors, LiveExecutions executions, ExecutionIds ids) {
        this(vm, directory, supervisors, executions, ids, System::nanoTime);
    }

    /** @param nanoTime a clock as {@link System#nanoTime} */
    Guest(
            VmId vm,
            VmDirectory directory,
            Supervisors supervisors,
            LiveExecutions executions,
            ExecutionIds ids,
            LongSupplier nanoTime) {
        this.supervisors = supervisors;
        this.ids = ids;
        this.nanoTime = nanoTime;
        this.cleaner = new SpoolCleaner(vm, directory, supervisors, executions, this);
    }

    /** What the spool has of an execution is not needed any more. */
    void removeLater(ExecutionId id) {
        cleaner.removeLater(id);
    }

    GuestProcesses processes() {
        return processes;
    }

    /** Which boot of the guest there is, or was when it said so last; absent where it never has. */
    @Nullable
    UUID boot() {
        return boot;
    }

    /** The guest has said which boot there is. */
    void saidBoot(@Nullable UUID said) {
        if (said != null) {
            boot = said;
        }
    }

    /** When an execution is looked at first; one that was taken up says nothing of how long a command takes. */
    FirstLook firstLook(Execution execution) {
        return execution.pid() == null ? firstLook : new FirstLook();
    }

    /**
     * How commands are run in this guest.
     *
     * @param supervises false where the agent alone is to look after them
     */
    GuestAbility ability(boolean supervises, GuestAgent agent, Deadline deadline) throws AgentException {
        GuestAbility now = fresh();
        if (now != null) {
            return now;
        }
        finding.lock();
        try {
            now = fresh();
            return now == null ? find(supervises, agent, deadline) : now;
        } finally {
            finding.unlock();
        }
    }

    private @Nullable GuestAbility fresh() {
        Known now = known;
        return now != null && nanoTime.getAsLong() - now.until < 0 ? now.ability : null;
    }

    /** The same, as it was found out last; absent where that is not known, or does not hold any more. */
    @Nullable
    GuestAbility lastAbility() {
        Known now = known;
        return now == null ? null : now.ability;
    }

    /** What was known does not hold any more. */
    void findOutAgain() {
        known = null;
    }

    private GuestAbility found(GuestAbility ability, Duration goodFor) {
        known = new Known(ability, nanoTime.getAsLong() + goodFor.toNanos());
        return ability;
    }

    /** Where the agent does not say what becomes of commands, none is started: nobody would ever hear of it. */
    private static void requireResults(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            agent.tryExecStatus(deadline);
        } catch (RpcMissingException e) {
            // One that old has no guest-exec, and says so itself.
        }
    }

    private GuestAbility find(boolean supervises, GuestAgent agent, Deadline deadline) throws AgentException {
        AgentInfo info;
        try {
            info = agent.info(deadline);
        } catch (RpcMissingException e) {
            return found(GuestAbility.DIRECT, KNOWN_FOR);
        } catch (RpcDisabledException | AgentErrorException e) {
            agent.tryExec(deadline);
            requireResults(agent, deadline);
            return found(GuestAbility.DIRECT, DOUBTED_AFTER);
        }
        if (!info.supports(EXEC)) {
            // As while file systems are frozen, which tells nothing of the guest.
            // Whoever starts something hears why not.
            return supervises ? GuestAbility.SUPERVISED : GuestAbility.DIRECT;
        }
        if (!info.supports(EXEC_STATUS)) {
            requireResults(agent, deadline);
        }
        if (!supervises) {
            return found(GuestAbility.DIRECT, KNOWN_FOR);
        }
        if (info.supports(OS_INFO) && isWindows(agent, deadline)) {
            return found(GuestAbility.WINDOWS, KNOWN_FOR);
        }
        if (!FILE_CALLS.stream().allMatch(info::supports)) {
            return found(GuestAbility.DIRECT, KNOWN_FOR);
        }
        return canSupervise(agent, deadline)
                ? found(GuestAbility.SUPERVISED, KNOWN_FOR)
                : found(GuestAbility.DIRECT, DOUBTED_AFTER);
    }

    /** An agent that ends meanwhile, or takes its processes along, tells nothing of its guest; so there are some tries. */
    private boolean canSupervise(GuestAgent agent, Deadline deadline) throws AgentException {
        boolean forgotten = false;
        for (int tries = 0; tries < TRIES; tries++) {
            try {
                SupervisorReply reply = probe(agent, deadline);
                if (reply instanceof SupervisorReply.Ended ended) {
                    saidBoot(ended.boot());
                    return true;
                }
                if (reply instanceof SupervisorReply.NoSpool) {
                    return false;
                }
                forgotten = false;
            } catch (AgentErrorException e) {
                if (!e.isUnknownPid()) {
                    return false;
                }
                forgotten = true;
            }
        }
        if (forgotten) {
            throw agent.lateInQueue();
        }
        return false;
    }

    private SupervisorReply probe(GuestAgent agent, Deadline deadline) throws AgentException {
        Supervisor supervisor = supervisors.usual();
        ExecutionId probe = ids.next();
        long begin = System.nanoTime();
        ExecStatus status = script(agent, supervisor.probe(probe), deadline);
        firstLook.sawNothingRun(Duration.ofNanos(System.nanoTime() - begin));
        removeLater(probe);
        return SupervisorReply.parse(status, probe, supervisor.spool());
    }

    private static boolean isWindows(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            return agent.osInfo(deadline).isWindows();
        } catch (AgentErrorException | AgentProtocolException e) {
            // A guest that cannot tell what it is, as one without an os-release file.
            return false;
        }
    }

    /** Runs something that is no execution, and waits for its end. */
    ExecStatus script(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        try (ScriptRun run = start(agent, command, () -> {}, deadline)) {
            return run.end(deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw e.trouble();
        }
    }

    /** Starts something that is no execution; as {@link ScriptRun#start}. */
    ScriptRun start(GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws GuestProcesses.NotReadyException, AgentException {
        return ScriptRun.start(ids.next(), processes, agent, command, check, deadline);
    }

    /** Asks what the guest knows of an execution; empty where it gives no answer that can be believed. */
    Optional<Inspection> inspect(GuestAgent agent, ExecutionId id, boolean claim, StartMoment sent, Deadline deadline)
            throws AgentException {
        Duration ago = sent.ago();
        ExecStatus status = script(agent, supervisors.of(id).inspect(id, claim, sent.boot(), ago), deadline);
        Optional<Inspection> inspection = Inspection.parse(status.stdout(), id);
        inspection.ifPresent(told -> saidBoot(told.boot()));
        return inspection;
    }
}
