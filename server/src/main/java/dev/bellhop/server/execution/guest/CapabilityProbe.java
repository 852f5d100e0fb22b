// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.script.Supervisor;
import dev.bellhop.server.execution.script.SupervisorReply;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how one guest can run commands, and remembers it. It probes with the guest's first command, again after ten
 * minutes, since agents are upgraded and guests replaced, and after one minute if the last probe failed. Thread safe.
 */
final class CapabilityProbe {
    private static final String OS_INFO = "guest-get-osinfo";
    private static final String EXEC = "guest-exec";
    private static final String EXEC_STATUS = "guest-exec-status";
    private static final List<String> FILE_CALLS =
            List.of("guest-file-open", "guest-file-read", "guest-file-seek", "guest-file-close");

    private static final Duration KNOWN_FOR = Duration.ofMinutes(10);
    private static final Duration KNOWN_FOR_AFTER_FAILURE = Duration.ofMinutes(1);
    private static final int MAX_TRIES = 3;

    /** How commands can be run in a guest. */
    enum Capability {
        SUPERVISED,
        /** By the agent alone, on a system with a POSIX shell or none. */
        DIRECT,
        /** By the agent alone, on Windows. */
        WINDOWS
    }

    private final boolean supervises;
    private final Supervisor supervisor;
    private final ExecutionIds ids;
    private final GuestScripts scripts;
    private final SpoolCleaner cleaner;
    private final PollDelayEstimate firstLook;
    private final LongSupplier nanoTime;
    private volatile @Nullable Known known;

    /** @param until when to find out again, in {@code nanoTime} */
    private record Known(Capability ability, long until) {}

    CapabilityProbe(
            boolean supervises,
            Supervisor supervisor,
            ExecutionIds ids,
            GuestScripts scripts,
            SpoolCleaner cleaner,
            PollDelayEstimate firstLook,
            LongSupplier nanoTime) {
        this.supervises = supervises;
        this.supervisor = supervisor;
        this.ids = ids;
        this.scripts = scripts;
        this.cleaner = cleaner;
        this.firstLook = firstLook;
        this.nanoTime = nanoTime;
    }

    Capability find(GuestAgent agent, Deadline deadline) throws AgentException {
        Capability now = fresh();
        if (now != null) {
            return now;
        }
        synchronized (this) {
            now = fresh();
            return now == null ? probe(agent, deadline) : now;
        }
    }

    private @Nullable Capability fresh() {
        Known now = known;
        return now != null && nanoTime.getAsLong() - now.until < 0 ? now.ability : null;
    }

    /** How the next command will run, as far as is known; absent if that is still to be found out. */
    @Nullable
    ExecutionMode expectedMode() {
        if (!supervises) {
            return ExecutionMode.DIRECT;
        }
        Known now = known;
        if (now == null) {
            return null;
        }
        return now.ability == Capability.SUPERVISED ? ExecutionMode.SUPERVISED : ExecutionMode.DIRECT;
    }

    void forget() {
        known = null;
    }

    private Capability found(Capability ability, Duration goodFor) {
        known = new Known(ability, nanoTime.getAsLong() + goodFor.toNanos());
        return ability;
    }

    private Capability probe(GuestAgent agent, Deadline deadline) throws AgentException {
        AgentInfo info;
        try {
            info = agent.info(deadline);
        } catch (RpcMissingException e) {
            return found(Capability.DIRECT, KNOWN_FOR);
        } catch (RpcDisabledException | AgentErrorException e) {
            agent.tryExec(deadline);
            requireResults(agent, deadline);
            return found(Capability.DIRECT, KNOWN_FOR_AFTER_FAILURE);
        }
        if (!info.supports(EXEC)) {
            // File systems may be frozen, which says nothing of the guest. The start itself will say why it fails.
            return supervises ? Capability.SUPERVISED : Capability.DIRECT;
        }
        if (!info.supports(EXEC_STATUS)) {
            requireResults(agent, deadline);
        }
        if (!supervises) {
            return found(Capability.DIRECT, KNOWN_FOR);
        }
        if (info.supports(OS_INFO) && saysWindows(agent, deadline)) {
            return found(Capability.WINDOWS, KNOWN_FOR);
        }
        if (!FILE_CALLS.stream().allMatch(info::supports)) {
            return found(Capability.DIRECT, KNOWN_FOR);
        }
        return canSupervise(agent, deadline)
                ? found(Capability.SUPERVISED, KNOWN_FOR)
                : found(Capability.DIRECT, KNOWN_FOR_AFTER_FAILURE);
    }

    /** Fails if the agent does not tell results: nobody would ever hear of a command that was started. */
    private static void requireResults(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            agent.tryExecStatus(deadline);
        } catch (RpcMissingException e) {
            // An agent that old has no guest-exec, and says so itself.
        }
    }

    /** Tries some times: an agent that ends meanwhile takes its processes along, which says nothing of its guest. */
    private boolean canSupervise(GuestAgent agent, Deadline deadline) throws AgentException {
        boolean forgotten = false;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            try {
                SupervisorReply reply = superviseNothing(agent, deadline);
                if (reply instanceof SupervisorReply.Ended ended) {
                    scripts.saidBoot(ended.boot());
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

    private SupervisorReply superviseNothing(GuestAgent agent, Deadline deadline) throws AgentException {
        ExecutionId id = ids.next();
        long begin = System.nanoTime();
        ExecStatus status = scripts.run(agent, supervisor.probe(id), deadline);
        firstLook.sawNothingRun(Duration.ofNanos(System.nanoTime() - begin));
        cleaner.removeLater(id);
        return SupervisorReply.parse(status, id, supervisor.spool());
    }

    /**
     * Whether the guest is a Windows, as far as it says, and commands run in it. What was found out before holds; who does not supervise
     * commands asks each time.
     */
    boolean isWindows(GuestAgent agent, Deadline deadline) throws AgentException {
        Capability now = find(agent, deadline);
        return now == Capability.WINDOWS || ((!supervises || fresh() == null) && saysWindows(agent, deadline));
    }

    private static boolean saysWindows(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            return agent.osInfo(deadline).isWindows();
        } catch (AgentErrorException | AgentProtocolException e) {
            // Some guests cannot tell what they are, such as one without an os-release file.
            return false;
        }
    }
}
