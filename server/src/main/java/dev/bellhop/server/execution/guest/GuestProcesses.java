// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.ExecutionId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one VM and the executions they belong to.
 *
 * <p>A pid alone does not name a process: the guest gives a number again, and an agent that was restarted has forgotten
 * the old ones. A result read under a pid that has changed hands would become another command's result. So starting and
 * polling go through here one at a time, which makes the table of owners exact at the moment of each reply. The agent
 * serves one call at a time anyhow, so nothing is lost by it.
 *
 * <p>Where a pid is given again while its old owner's result is still unread, the old result may or may not still stand
 * in the agent's table, and it stands first there. Reading on tells: if the agent still knows the pid after an exit was
 * read, what was read was an old owner's.
 *
 * <p>Thread safe. Every wait ends by the caller's deadline.
 */
public final class GuestProcesses {
    /**
     * After this long without a reply, the agent is pinged before a command is sent to it. Short, as a command that is sent
     * to a guest that was paused meanwhile runs when that goes on, and nobody can call it back.
     */
    private static final Duration TRUSTED_ALIVE = Duration.ofMillis(100);

    private static final ExecStatus RUNNING = new ExecStatus(false, null, null, new byte[0], new byte[0], false, false);

    private final StreamedProcesses streamed;
    private final ReentrantLock lane = new ReentrantLock(true);
    private final Map<Long, Owner> owners = new HashMap<>();
    private long lastReply = System.nanoTime() - TRUSTED_ALIVE.toNanos();

    /** The agent was found not to answer before it was sent the command, so that nothing was started. */
    static final class NotReadyException extends Exception {
        private static final long serialVersionUID = 1L;

        private final AgentException trouble;

        private NotReadyException(AgentException trouble) {
            super(trouble);
            this.trouble = trouble;
        }

        AgentException trouble() {
            return trouble;
        }
    }

    private static final class Owner {
        final ExecutionId id;
        /** How many results of earlier owners may stand before its own in the agent's table. */
        int unreadBefore;
        /** An exit that was read, until it is known whose it is and somebody asks for it. */
        @Nullable
        ExecStatus unclaimed;

        Owner(ExecutionId id, int unreadBefore) {
            this.id = id;
            this.unreadBefore = unreadBefore;
        }
    }

    /** @param streamed the VM's supervisors that its agent has not started */
    GuestProcesses(StreamedProcesses streamed) {
        this.streamed = streamed;
    }

    /** Starts a supervisor in the fastest way that there is, and otherwise as {@link #start}. */
    long startSupervisor(ExecutionId id, GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws NotReadyException, AgentException {
        OptionalLong pid = streamed.start(id, agent, command, check, deadline);
        return pid.isPresent() ? pid.getAsLong() : start(id, agent, command, check, deadline);
    }

    /** What was started over a stream, of which the agent knows nothing; absent for all else. */
    @Nullable
    public StreamedProcess streamed(ExecutionId id, long pid) {
        return streamed.find(id, pid);
    }

    /** Nobody asks any more for what was started over a stream. */
    public void forgetStreamed(ExecutionId id) {
        streamed.forget(id);
    }

    /**
     * Starts a command and gives its pid to the execution.
     *
     * <p>An agent that has been silent for a while is pinged first: a request that is queued for a guest that is paused
     * or hung would run whenever it wakes up, long after the caller was told that nothing was started. On a new
     * connection the greeting does the same.
     *
     * @param check last of all; what it throws is thrown, and nothing is started
     * @throws AgentException from the command itself; only then may it have been started
     */
    long start(ExecutionId id, GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws NotReadyException, AgentException {
        lock(agent, deadline);
        try {
            if (agent.isConnected() && System.nanoTime() - lastReply > TRUSTED_ALIVE.toNanos()) {
                ping(agent, deadline);
            }
            check.run();
            long pid = agent.exec(command, deadline);
            lastReply = System.nanoTime();
            own(id, pid);
            return pid;
        } finally {
            lane.unlock();
        }
    }

    /**
     * Makes sure that an agent answers that has been silent for a while, or is not connected.
     *
     * @throws AgentException where it does not
     */
    void awaitReady(GuestAgent agent, Deadline deadline) throws AgentException {
        lock(agent, deadline);
        try {
            if (!agent.isConnected() || System.nanoTime() - lastReply > TRUSTED_ALIVE.toNanos()) {
                requireReply(agent, deadline);
                lastReply = System.nanoTime();
            }
        } finally {
            lane.unlock();
        }
    }

    private static void ping(GuestAgent agent, Deadline deadline) throws NotReadyException {
        try {
            requireReply(agent, deadline);
        } catch (AgentException e) {
            throw new NotReadyException(e);
        }
    }

    /** One that allows no ping says so, and so it is there. */
    private static void requireReply(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            agent.ping(deadline);
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            // Any reply is a sign of life.
        }
    }

    /**
     * Gives a pid to an execution that was started before this server was, or unnoticed. It stays with a newer one that has
     * it by now.
     */
    public void adopt(ExecutionId id, long pid) {
        if (streamed.find(id, pid) != null) {
            return;
        }
        lane.lock();
        try {
            Owner owner = owners.get(pid);
            if (owner != null && owner.id.equals(id)) {
                return;
            }
            if (owner != null && owner.id.compareTo(id) > 0) {
                owner.unreadBefore++;
            } else {
                own(id, pid);
            }
        } finally {
            lane.unlock();
        }
    }

    /** Asks for the status of an execution's process; absent when its pid belongs to a newer execution by now. */
    @Nullable
    public ExecStatus poll(ExecutionId id, long pid, GuestAgent agent, ReplyBudget.Share share, Deadline deadline)
            throws AgentException {
        return status(id, pid, agent, share, deadline, false);
    }

    /** As {@link #poll}, which will tell an end once more. */
    @Nullable
    ExecStatus peek(ExecutionId id, long pid, GuestAgent agent, ReplyBudget.Share share, Deadline deadline)
            throws AgentException {
        return status(id, pid, agent, share, deadline, true);
    }

    private @Nullable ExecStatus status(
            ExecutionId id, long pid, GuestAgent agent, ReplyBudget.Share share, Deadline deadline, boolean tellAgain)
            throws AgentException {
        StreamedProcess known = streamed.find(id, pid);
        if (known != null) {
            return switch (known.state()) {
                case StreamedProcess.State.Running _ -> RUNNING;
                case StreamedProcess.State.Exited(ExecStatus status) -> status;
                case StreamedProcess.State.Lost _ -> null;
            };
        }
        lock(agent, deadline);
        try {
            Owner owner = owners.get(pid);
            if (owner == null || !owner.id.equals(id)) {
                return null;
            }
            ExecStatus status = read(owner, pid, agent, share, deadline);
            owner.unclaimed = tellAgain && status.exited() ? status : null;
            return status;
        } finally {
            lane.unlock();
        }
    }

    private ExecStatus read(Owner owner, long pid, GuestAgent agent, ReplyBudget.Share share, Deadline deadline)
            throws AgentException {
        ExecStatus status = owner.unclaimed == null ? agent.execStatus(pid, share, deadline) : owner.unclaimed;
        while (status.exited() && owner.unreadBefore > 0) {
            owner.unclaimed = status;
            status = nextKnown(status, pid, agent, share, deadline);
            owner.unreadBefore--;
        }
        lastReply = System.nanoTime();
        return status;
    }

    private static ExecStatus nextKnown(
            ExecStatus last, long pid, GuestAgent agent, ReplyBudget.Share share, Deadline deadline)
            throws AgentException {
        try {
            return agent.execStatus(pid, share, deadline);
        } catch (AgentErrorException e) {
            if (e.isUnknownPid()) {
                return last;
            }
            throw e;
        }
    }

    public interface AgentCall<T> {
        T call() throws AgentException;
    }

    /** Does some calls while nobody else starts, polls or does such calls. */
    public <T> T exclusively(GuestAgent agent, Deadline deadline, AgentCall<T> calls) throws AgentException {
        lock(agent, deadline);
        try {
            return calls.call();
        } finally {
            lane.unlock();
        }
    }

    public boolean isWaitedFor() {
        return lane.hasQueuedThreads();
    }

    public void release(ExecutionId id, long pid) {
        if (streamed.find(id, pid) != null) {
            streamed.forget(id);
        }
        lane.lock();
        try {
            owners.computeIfPresent(pid, (p, owner) -> owner.id.equals(id) ? null : owner);
        } finally {
            lane.unlock();
        }
    }

    private void own(ExecutionId id, long pid) {
        Owner before = owners.get(pid);
        owners.put(pid, new Owner(id, before == null ? 0 : before.unreadBefore + 1));
    }

    private void lock(GuestAgent agent, Deadline deadline) throws AgentTimeoutException {
        try {
            if (!lane.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw agent.lateInQueue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw agent.lateInQueue();
        }
    }
}
