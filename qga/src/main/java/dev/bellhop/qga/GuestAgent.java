// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.NotConnectedException.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Typed operations over one guest agent.
 *
 * <p>Thread safe. One call is on the wire at a time, and waiting callers go in the order they came. It connects when it
 * first has something to say and connects anew when a connection was lost, so an agent that is stopped, killed or replaced
 * needs no care beyond the exception of the call that it hits. A call blocks its thread; on a virtual thread that costs
 * no thread of the system.
 *
 * <p>Every method takes a deadline, and throws {@link AgentException} with what went wrong. An interrupt ends a call
 * early with {@link NotConnectedException}, the thread's interrupt status set.
 */
public final class GuestAgent implements AutoCloseable {

    /** A call that is on the wire for this long says more of the agent than of the number of calls. */
    private static final Duration BLOCKED_AFTER = Duration.ofSeconds(1);

    /** No process of a user has this pid, on any system. */
    private static final long NO_PROCESS = 0;

    private final Transport transport;

    /** Held by the call that is on the wire. Fair: callers go in the order they came. */
    private final ReentrantLock turn = new ReentrantLock(true);

    /** Since when the call that is on the wire has its turn. */
    private volatile long turnSince;

    private volatile @Nullable Answered lastAnswered;

    /** @param nanoTime of {@link System#nanoTime} */
    private record Answered(Instant at, long nanoTime) {}

    private volatile boolean closed;

    private GuestAgent(Transport transport) {
        this.transport = transport;
    }

    /**
     * An agent behind a Unix socket: the host's end of a virtio-serial channel, or a qemu-ga that listens itself. Nothing
     * is connected yet, and the socket need not exist yet.
     *
     * @param socket the path, at most about 100 bytes, as the system has it
     */
    public static GuestAgent onUnixSocket(Path socket, GuestAgentOptions options) {
        return onUnixSocket(socket, options, GuestPresence.ASSUMED);
    }

    /**
     * As the other, for an agent of a virtual machine whose hypervisor can be asked. Where the agent keeps a caller waiting
     * and the guest cannot answer, the call ends with {@link Reason#NOT_RUNNING} rather than at its deadline, as long as the
     * guest has been sent nothing that it would do when it goes on.
     */
    public static GuestAgent onUnixSocket(Path socket, GuestAgentOptions options, GuestPresence presence) {
        return new GuestAgent(new SocketTransport(socket, options, presence));
    }

    /**
     * An agent whose channel somebody else holds. It behaves as one behind a socket does, but for its limits, which are
     * those of the options or of the exchange, whichever is less; and the idle timeout, which here is how long an agent is
     * trusted to be there after its last reply.
     *
     * @param exchange belongs to the agent from here on and is closed with it
     */
    public static GuestAgent over(AgentExchange exchange, GuestAgentOptions options) {
        return new GuestAgent(new ExchangeTransport(exchange, options));
    }

    /** Asks the agent for a sign of life. */
    public void ping(Deadline deadline) throws AgentException {
        call(Rpcs.PING, deadline);
    }

    /** The agent's version and what it can do. */
    public AgentInfo info(Deadline deadline) throws AgentException {
        return call(Rpcs.INFO, deadline);
    }

    /** What the guest's operating system is. Agents before QEMU 2.10 do not know: {@link RpcMissingException}. */
    public OsInfo osInfo(Deadline deadline) throws AgentException {
        return call(Rpcs.OS_INFO, deadline);
    }

    /** The guest's host name: printable characters, at most 255. Agents before QEMU 2.10 do not know. */
    public String hostName(Deadline deadline) throws AgentException {
        return call(Rpcs.HOST_NAME, deadline);
    }

    /** The guest's network interfaces, at most 100. */
    public GuestList<GuestInterface> networkInterfaces(Deadline deadline) throws AgentException {
        return call(Rpcs.NETWORK_INTERFACES, deadline);
    }

    /** The guest's mounted file systems that are on disks, at most 100. */
    public GuestList<GuestFileSystem> fileSystems(Deadline deadline) throws AgentException {
        return call(Rpcs.FILE_SYSTEMS, deadline);
    }

    /** Who is logged in, at most 100. Agents before QEMU 2.10 do not know. */
    public GuestList<GuestUser> users(Deadline deadline) throws AgentException {
        return call(Rpcs.USERS, deadline);
    }

    /** The guest's time zone. Agents before QEMU 2.10 do not know. */
    public GuestTimeZone timeZone(Deadline deadline) throws AgentException {
        return call(Rpcs.TIME_ZONE, deadline);
    }

    /** How busy the guest is. Agents before QEMU 10.0 do not know. */
    public GuestLoad load(Deadline deadline) throws AgentException {
        return call(Rpcs.LOAD, deadline);
    }

    /**
     * Whether any of the guest's file systems is frozen. While one is, the agent disables most of its calls, though not this
     * one. It knows of what was frozen by its own calls, and of nothing else.
     */
    public boolean isFrozen(Deadline deadline) throws AgentException {
        return call(Rpcs.FREEZE_STATUS, deadline);
    }

    /**
     * Whether the agent allows {@code guest-exec}, for where it does not tell in {@link #info}: it is asked to run nothing,
     * and says why not.
     *
     * @throws RpcDisabledException where it does not
     * @throws RpcMissingException where it is too old
     */
    public void tryExec(Deadline deadline) throws AgentException {
        try {
            call(Rpcs.EXEC_NOTHING, deadline);
        } catch (AgentErrorException e) {
            // It misses the path, and so it looked.
        }
    }

    /**
     * Likewise whether it allows {@code guest-exec-status}: it is asked about a process that there never is. Without that a
     * command can be started, and nobody ever hears of it.
     *
     * @throws RpcDisabledException where it does not
     * @throws RpcMissingException where it is too old
     */
    public void tryExecStatus(Deadline deadline) throws AgentException {
        try {
            call(Rpcs.execStatus(NO_PROCESS), deadline);
        } catch (AgentErrorException e) {
            // It knows no such process, and so it looked.
        }
    }

    /**
     * Starts a command and gives its pid in the guest. It does not wait for the command's end. A program that cannot be
     * started is an {@link AgentErrorException}. When {@link AgentException#mayHaveActed()}, a command may be running whose
     * pid nobody knows.
     *
     * <p>One that is larger than an {@link AgentExchange} passes on is an {@link AgentErrorException} too.
     *
     * @throws IllegalArgumentException when the command is larger than a request may be, 48 MiB with its input in base64
     */
    public long exec(ExecCommand command, Deadline deadline) throws AgentException {
        return call(Rpcs.exec(command), deadline);
    }

    /**
     * How a command stands. Once this has told that the command exited, the agent forgets it: the result is told once, to
     * one caller, and a reply that is lost takes the result with it. Asking again gives an {@link AgentErrorException}
     * with {@link AgentErrorException#isUnknownPid()}.
     */
    public ExecStatus execStatus(long pid, Deadline deadline) throws AgentException {
        return call(Rpcs.execStatus(pid), deadline);
    }

    /**
     * As the other, for a caller that keeps the result for a while: it counts in the share until that is closed. The
     * time that a large result waits for room in the budget is not taken from the deadline, since giving up then would
     * lose what the agent tells only once.
     *
     * @param share of the budget in this agent's {@link GuestAgentOptions}
     */
    public ExecStatus execStatus(long pid, ReplyBudget.Share share, Deadline deadline) throws AgentException {
        return call(Rpcs.execStatus(pid), deadline, share);
    }

    /**
     * Opens a file in the guest and gives a handle, which outlives connections but not the agent, and leaks in the guest
     * until it is closed.
     *
     * @param mode as of C's fopen: "r", "w", "a", with "+" and "b"
     */
    public long fileOpen(String path, String mode, Deadline deadline) throws AgentException {
        return call(Rpcs.fileOpen(path, mode), deadline);
    }

    /**
     * Reads on from where the file stands. 64 KiB at a time is the fastest.
     *
     * @param count the most bytes to give, from 1 to {@link ReplyLimits#maxFileReadBytes()}, or what an
     *     {@link AgentExchange} has room for
     */
    public FileChunk fileRead(long handle, int count, Deadline deadline) throws AgentException {
        if (count < 1 || count > transport.maxFileReadBytes()) {
            throw new IllegalArgumentException("Cannot read " + count + " bytes at once because the limits allow 1 to "
                    + transport.maxFileReadBytes());
        }
        return call(Rpcs.fileRead(handle, count), deadline);
    }

    /**
     * Writes where the file stands.
     *
     * <p>An {@link AgentExchange} that holds less is given the first part.
     *
     * @throws IllegalArgumentException when there is more than a request on a socket holds, about 36 MB
     * @return how many bytes were written, which may be fewer than were given
     */
    public int fileWrite(long handle, byte[] data, Deadline deadline) throws AgentException {
        byte[] fitting = data.length <= transport.maxFileWriteBytes()
                ? data
                : Arrays.copyOf(data, transport.maxFileWriteBytes());
        return call(Rpcs.fileWrite(handle, fitting), deadline);
    }

    /** Moves to another place in the file. */
    public FileSeek fileSeek(long handle, long offset, SeekFrom whence, Deadline deadline) throws AgentException {
        return call(Rpcs.fileSeek(handle, offset, whence), deadline);
    }

    /** Hands what was written over to the guest's kernel. */
    public void fileFlush(long handle, Deadline deadline) throws AgentException {
        call(Rpcs.fileFlush(handle), deadline);
    }

    /** Closes the file and forgets the handle. */
    public void fileClose(long handle, Deadline deadline) throws AgentException {
        call(Rpcs.fileClose(handle), deadline);
    }

    /**
     * Asks the guest to switch itself off. Returns once it has been asked: an agent that obeys says nothing, so silence, and a
     * channel that closes with the guest, are taken for that. Whether the guest does it is for the hypervisor to tell. An agent
     * that cannot be asked, or says no, is an {@link AgentException}.
     *
     * @param deadline how long to listen for a no
     */
    public void powerdown(Deadline deadline) throws AgentException {
        try {
            call(Rpcs.POWERDOWN, deadline);
        } catch (AgentTimeoutException | NotConnectedException e) {
            boolean interrupted = e instanceof NotConnectedException c && c.reason() == Reason.INTERRUPTED;
            if (!e.mayHaveActed() || interrupted) {
                throw e;
            }
        }
    }

    /**
     * Returns where somebody listens on the socket, be it an agent or a virtual machine whose guest runs none. Where a
     * connection is held already, or there is no socket of ours, it is the agent that is asked, since a further connection
     * would wait behind our own.
     *
     * @throws NotConnectedException where nobody listens, or it cannot be told; its reason says which
     */
    public void reach(Deadline deadline) throws NotConnectedException {
        try {
            if (transport instanceof SocketTransport onSocket && !onSocket.isConnected()) {
                onSocket.knock();
            } else {
                ping(deadline);
            }
        } catch (NotConnectedException e) {
            if (e.reason() != Reason.BUSY) {
                throw e;
            }
        } catch (AgentException e) {
            // It was let in, and that is all that is asked.
        }
    }

    /**
     * Whether a connection is held from an earlier call. Where none is, the next call makes one, and the agent has to
     * answer a greeting before it is sent anything else.
     */
    public boolean isConnected() {
        return transport.isConnected();
    }

    /**
     * Whether another client has the agent's channel, so that the agent would not answer us: it serves one at a time. False
     * as well where that cannot be told. Linux only. Takes a moment; the agent is not asked, and calls of ours that wait for
     * it go on.
     */
    public boolean isHeldByAnother() {
        try {
            return transport.isHeldByAnother();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * When the agent last answered a call, be it to say no; absent where it has not yet. By the system's clock, to be told
     * to people.
     */
    public Optional<Instant> lastAnswered() {
        return Optional.ofNullable(lastAnswered).map(Answered::at);
    }

    /** How long ago the agent last answered a call, whatever was done to the system's clock since; absent likewise. */
    public Optional<Duration> answeredAgo() {
        return Optional.ofNullable(lastAnswered).map(last -> Duration.ofNanos(System.nanoTime() - last.nanoTime));
    }

    /**
     * For callers that keep a queue of their own before this agent: what to throw when the deadline has passed in that
     * queue. Nothing was sent.
     */
    public AgentTimeoutException lateInQueue() {
        return new AgentTimeoutException(waitedFor(), "the call", false, null);
    }

    /** Ends the connection. Calls that run or wait fail with {@link NotConnectedException.Reason#CLOSED}, as later ones do. */
    @Override
    public void close() {
        closed = true;
        transport.close();
    }

    /** About how many calls wait for their turn, for tests. */
    int waitingCalls() {
        return turn.getQueueLength();
    }

    /** Whether a call has its turn now, for tests. */
    boolean isInCall() {
        return turn.isLocked();
    }

    private <T> T call(Rpc<T> rpc, Deadline deadline) throws AgentException {
        return call(rpc, deadline, null);
    }

    private <T> T call(Rpc<T> rpc, Deadline deadline, ReplyBudget.@Nullable Share share) throws AgentException {
        awaitTurn(rpc, deadline);
        try {
            T result = transport.call(rpc, deadline, share);
            lastAnswered = new Answered(Instant.now(), System.nanoTime());
            return result;
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            lastAnswered = new Answered(Instant.now(), System.nanoTime());
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private void awaitTurn(Rpc<?> rpc, Deadline deadline) throws AgentException {
        try {
            if (!turn.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw noTurn(rpc);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotConnectedException(
                    Reason.INTERRUPTED, "Cannot call " + rpc.name() + " because the thread was interrupted", false, e);
        }
        if (closed || deadline.hasPassed()) {
            turn.unlock();
            throw closed ? isClosed(rpc) : noTurn(rpc);
        }
        turnSince = System.nanoTime();
    }

    private AgentTimeoutException noTurn(Rpc<?> rpc) {
        return new AgentTimeoutException(waitedFor(), rpc.name(), false, null);
    }

    private Stage waitedFor() {
        boolean hangs = turn.isLocked() && System.nanoTime() - turnSince > BLOCKED_AFTER.toNanos();
        return hangs ? Stage.BLOCKED : Stage.TURN;
    }

    static NotConnectedException isClosed(Rpc<?> rpc) {
        return new NotConnectedException(
                Reason.CLOSED, "Cannot call " + rpc.name() + " because this client was closed", false, null);
    }
}
