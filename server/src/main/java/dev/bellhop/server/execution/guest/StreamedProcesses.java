// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.GuestStream;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Starts supervisors of one VM over its stream, where one is open and nothing speaks against it, and knows those that were started so. The
 * agent does not know them, and so they have nothing to do with whose its pids are.
 *
 * <p>What the agent promises of a start holds here too, as {@link StreamReadiness} says. A start of which nobody knows whether it was made
 * may have been, and the guest's spool tells. Thread safe.
 */
final class StreamedProcesses {
    /** So that terminals and files have room beside them. */
    private static final int MAX_AT_ONCE = 32;

    /** Not needed over a stream: each process there leads its own session. */
    static final String SETSID = "setsid";

    private final VmId vm;
    private final OpenStreams streams;
    private final StreamReadiness readiness;
    private final Semaphore places = new Semaphore(MAX_AT_ONCE);
    private final ConcurrentMap<ExecutionId, StreamedProcess> processes = new ConcurrentHashMap<>();

    StreamedProcesses(VmId vm, OpenStreams streams, StreamReadiness readiness) {
        this.vm = vm;
        this.streams = streams;
        this.readiness = readiness;
    }

    /**
     * Starts a supervisor.
     *
     * @param command as the agent would be given it
     * @param check last of all; what it throws is thrown, and nothing is started
     * @return its pid; empty where it was certainly not started, and the agent is to do it
     * @throws AgentException where it may have been started
     */
    OptionalLong start(ExecutionId id, GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws AgentException {
        if (!command.path().equals(SETSID) || !command.env().isEmpty()) {
            return OptionalLong.empty();
        }
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return OptionalLong.empty();
        }
        if (!places.tryAcquire()) {
            lease.close();
            return OptionalLong.empty();
        }
        StreamedProcess started = null;
        try {
            GuestProcess process = open(lease.stream(), agent, command, check, deadline);
            if (process != null) {
                started = new StreamedProcess(process, lease, places::release);
                if (process.pid() < 1 || !isFed(process, command.input(), deadline)) {
                    started.close();
                    throw unconfirmed(null);
                }
                keep(id, started);
                streams.commandStarted();
                return OptionalLong.of(process.pid());
            }
            return OptionalLong.empty();
        } catch (StreamException e) {
            if (started != null) {
                started.close();
            }
            throw unconfirmed(e);
        } finally {
            if (started == null) {
                lease.close();
                places.release();
            }
        }
    }

    /** The exception of an agent call whose outcome is unknown. */
    static AgentException unconfirmed(@Nullable Exception cause) {
        return new AgentTimeoutException(AgentTimeoutException.Stage.REPLY, "guest-exec", true, cause);
    }

    /** Absent where it was certainly not started; a {@link StreamException} says that it may have been. */
    private @Nullable GuestProcess open(
            GuestStream stream, GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws StreamException {
        if (!readiness.isReady(stream, agent, deadline)) {
            return null;
        }
        check.run();
        String[] argv = command.args().toArray(String[]::new);
        try {
            // It leads a session of its own without setsid.
            return stream.exec(
                    GuestCommand.of(argv).detached(command.input() != null, StreamedProcess.MAX_OUTPUT), deadline);
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.REFUSED || e.kind() == StreamException.Kind.TOO_MANY) {
                return null;
            }
            throw e;
        }
    }

    /** Passes its input on. Where a part is missing, the supervisor runs nothing. False where it takes no more for now. */
    private static boolean isFed(GuestProcess process, byte @Nullable [] input, Deadline deadline)
            throws StreamException {
        if (input == null) {
            return true;
        }
        try {
            if (process.stdin().write(input, 0, input.length, deadline) < input.length) {
                return false;
            }
            process.stdin().end();
            return true;
        } catch (StreamException e) {
            boolean readsNoMore = e.kind() == StreamException.Kind.UNREAD;
            if (!readsNoMore && process.awaitEnd(Deadline.after(Duration.ZERO)).isEmpty()) {
                throw e;
            }
            return true; // Its end tells why.
        }
    }

    private void keep(ExecutionId id, StreamedProcess started) {
        StreamedProcess before = processes.put(id, started);
        if (before != null) {
            before.close();
        }
        started.listen();
    }

    /** One that was started so and is not forgotten; its state says whether it is of use. */
    @Nullable
    StreamedProcess find(ExecutionId id, long pid) {
        StreamedProcess process = processes.get(id);
        return process != null && process.pid() == pid ? process : null;
    }

    void forget(ExecutionId id) {
        StreamedProcess process = processes.remove(id);
        if (process != null) {
            process.close();
        }
    }
}
