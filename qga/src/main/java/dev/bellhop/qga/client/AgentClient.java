// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentExchange;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.FileSeek;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestPresence;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.qga.ShutdownMode;
import dev.bellhop.qga.TrimmedFileSystem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A {@link GuestAgent} that speaks the agent's protocol, over a Unix socket or an {@link AgentExchange}. */
public final class AgentClient implements GuestAgent {

    /** A call that takes this long says more about the agent than about the number of calls. */
    private static final Duration BLOCKED_AFTER = Duration.ofSeconds(1);

    /** No process of a user has this pid, on any system. */
    private static final long NO_PROCESS = 0;

    private final Transport transport;

    /** Held by the call that is being made. Fair: callers go in order of arrival. */
    private final ReentrantLock turn = new ReentrantLock(true);

    /** Since when the call that is on the wire has its turn. */
    private volatile long turnSince;

    private volatile @Nullable Answered lastAnswered;

    /** @param nanoTime of {@link System#nanoTime} */
    private record Answered(Instant at, long nanoTime) {}

    private volatile boolean closed;

    private AgentClient(Transport transport) {
        this.transport = transport;
    }

    /**
     * An agent behind a Unix socket: the host's end of a virtio-serial channel, or a qemu-ga that listens itself. Does not
     * connect yet, and the socket need not exist yet.
     *
     * @param socket a path of at most about 100 bytes in the system's encoding
     */
    public static AgentClient onUnixSocket(Path socket, GuestAgentOptions options) {
        return onUnixSocket(socket, options, GuestPresence.ASSUMED);
    }

    /**
     * As the other, for an agent of a virtual machine whose hypervisor can be asked. Where the agent keeps a caller waiting
     * and the guest cannot answer, the call ends with {@link Reason#NOT_RUNNING} rather than at its deadline, as long as the
     * guest has been sent nothing that it would do when it goes on.
     */
    public static AgentClient onUnixSocket(Path socket, GuestAgentOptions options, GuestPresence presence) {
        return new AgentClient(new SocketTransport(socket, options, presence));
    }

    /**
     * An agent whose channel somebody else holds. It behaves like one behind a socket, except for two things: the limits are
     * the lower of the options' and the exchange's, and the idle timeout is how long an agent is trusted to be alive after
     * its last reply.
     *
     * @param exchange belongs to the agent from now on, and is closed with it
     */
    public static AgentClient over(AgentExchange exchange, GuestAgentOptions options) {
        return new AgentClient(new ExchangeTransport(exchange, options));
    }

    @Override
    public void ping(Deadline deadline) throws AgentException {
        call(Rpcs.PING, deadline);
    }

    @Override
    public AgentInfo info(Deadline deadline) throws AgentException {
        return call(Rpcs.INFO, deadline);
    }

    @Override
    public OsInfo osInfo(Deadline deadline) throws AgentException {
        return call(Rpcs.OS_INFO, deadline);
    }

    @Override
    public String hostName(Deadline deadline) throws AgentException {
        return call(Rpcs.HOST_NAME, deadline);
    }

    @Override
    public GuestList<GuestInterface> networkInterfaces(Deadline deadline) throws AgentException {
        return call(Rpcs.NETWORK_INTERFACES, deadline);
    }

    @Override
    public GuestList<GuestFileSystem> fileSystems(Deadline deadline) throws AgentException {
        return call(Rpcs.FILE_SYSTEMS, deadline);
    }

    @Override
    public GuestList<GuestUser> users(Deadline deadline) throws AgentException {
        return call(Rpcs.USERS, deadline);
    }

    @Override
    public GuestTimeZone timeZone(Deadline deadline) throws AgentException {
        return call(Rpcs.TIME_ZONE, deadline);
    }

    @Override
    public GuestLoad load(Deadline deadline) throws AgentException {
        return call(Rpcs.LOAD, deadline);
    }

    @Override
    public boolean isFrozen(Deadline deadline) throws AgentException {
        return call(Rpcs.FREEZE_STATUS, deadline);
    }

    @Override
    public int freeze(List<String> mountPoints, Deadline deadline) throws AgentException {
        return call(mountPoints.isEmpty() ? Rpcs.FREEZE : Rpcs.freeze(mountPoints), deadline);
    }

    @Override
    public int thaw(Deadline deadline) throws AgentException {
        return call(Rpcs.THAW, deadline);
    }

    @Override
    public GuestList<TrimmedFileSystem> trim(long minimumBytes, Deadline deadline) throws AgentException {
        if (minimumBytes < 0) {
            throw new IllegalArgumentException("Cannot trim ranges of less than 0 bytes");
        }
        return call(Rpcs.trim(minimumBytes), deadline);
    }

    @Override
    public void tryExec(Deadline deadline) throws AgentException {
        try {
            call(Rpcs.EXEC_NOTHING, deadline);
        } catch (AgentErrorException e) {
            // It misses the path, and so it looked.
        }
    }

    @Override
    public void tryExecStatus(Deadline deadline) throws AgentException {
        try {
            call(Rpcs.execStatus(NO_PROCESS), deadline);
        } catch (AgentErrorException e) {
            // It knows no such process, and so it looked.
        }
    }

    @Override
    public long exec(ExecCommand command, Deadline deadline) throws AgentException {
        return call(Rpcs.exec(command), deadline);
    }

    @Override
    public ExecStatus execStatus(long pid, Deadline deadline) throws AgentException {
        return call(Rpcs.execStatus(pid), deadline);
    }

    @Override
    public ExecStatus execStatus(long pid, ReplyBudget.Share share, Deadline deadline) throws AgentException {
        return call(Rpcs.execStatus(pid), deadline, share);
    }

    @Override
    public long fileOpen(String path, String mode, Deadline deadline) throws AgentException {
        return call(Rpcs.fileOpen(path, mode), deadline);
    }

    @Override
    public FileChunk fileRead(long handle, int count, Deadline deadline) throws AgentException {
        if (count < 1 || count > transport.maxFileReadBytes()) {
            throw new IllegalArgumentException("Cannot read " + count + " bytes at once because the limits allow 1 to "
                    + transport.maxFileReadBytes());
        }
        return call(Rpcs.fileRead(handle, count), deadline);
    }

    @Override
    public int fileWrite(long handle, byte[] data, Deadline deadline) throws AgentException {
        byte[] fitting = data.length <= transport.maxFileWriteBytes()
                ? data
                : Arrays.copyOf(data, transport.maxFileWriteBytes());
        return call(Rpcs.fileWrite(handle, fitting), deadline);
    }

    @Override
    public FileSeek fileSeek(long handle, long offset, SeekFrom whence, Deadline deadline) throws AgentException {
        return call(Rpcs.fileSeek(handle, offset, whence), deadline);
    }

    @Override
    public void fileFlush(long handle, Deadline deadline) throws AgentException {
        call(Rpcs.fileFlush(handle), deadline);
    }

    @Override
    public void fileClose(long handle, Deadline deadline) throws AgentException {
        call(Rpcs.fileClose(handle), deadline);
    }

    @Override
    public void powerdown(Deadline deadline) throws AgentException {
        shutdown(ShutdownMode.POWERDOWN, deadline);
    }

    @Override
    public void shutdown(ShutdownMode mode, Deadline deadline) throws AgentException {
        try {
            call(Rpcs.shutdown(mode), deadline);
        } catch (AgentTimeoutException | NotConnectedException e) {
            boolean interrupted = e instanceof NotConnectedException c && c.reason() == Reason.INTERRUPTED;
            if (!e.mayHaveActed() || interrupted) {
                throw e;
            }
        }
    }

    @Override
    public void setUserPassword(String user, byte[] password, boolean crypted, Deadline deadline)
            throws AgentException {
        call(ChangeRpcs.setUserPassword(user, password, crypted), deadline);
    }

    @Override
    public GuestList<String> authorizedKeys(String user, Deadline deadline) throws AgentException {
        return call(ChangeRpcs.authorizedKeys(user), deadline);
    }

    @Override
    public void addAuthorizedKeys(String user, List<String> lines, Deadline deadline) throws AgentException {
        call(ChangeRpcs.addAuthorizedKeys(user, lines), deadline);
    }

    @Override
    public void removeAuthorizedKeys(String user, List<String> lines, Deadline deadline) throws AgentException {
        call(ChangeRpcs.removeAuthorizedKeys(user, lines), deadline);
    }

    @Override
    public Instant time(Deadline deadline) throws AgentException {
        return call(ChangeRpcs.TIME, deadline);
    }

    @Override
    public void setTime(Instant time, Deadline deadline) throws AgentException {
        call(ChangeRpcs.setTime(time), deadline);
    }

    @Override
    public void setTimeFromHardware(Deadline deadline) throws AgentException {
        call(ChangeRpcs.SET_TIME_FROM_HARDWARE, deadline);
    }

    @Override
    public GuestCount processors(Deadline deadline) throws AgentException {
        return call(Rpcs.PROCESSORS, deadline);
    }

    @Override
    public GuestCount memoryBlocks(Deadline deadline) throws AgentException {
        return call(Rpcs.MEMORY_BLOCKS, deadline);
    }

    @Override
    public long memoryBlockBytes(Deadline deadline) throws AgentException {
        return call(Rpcs.MEMORY_BLOCK_BYTES, deadline);
    }

    @Override
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

    @Override
    public boolean isConnected() {
        return transport.isConnected();
    }

    @Override
    public boolean isHeldByAnother() {
        try {
            return transport.isHeldByAnother();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public Optional<Instant> lastAnswered() {
        return Optional.ofNullable(lastAnswered).map(Answered::at);
    }

    @Override
    public Optional<Duration> answeredAgo() {
        return Optional.ofNullable(lastAnswered).map(last -> Duration.ofNanos(System.nanoTime() - last.nanoTime));
    }

    @Override
    public AgentTimeoutException lateInQueue() {
        return new AgentTimeoutException(waitedFor(), "the call", false, null);
    }

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
            throw closed ? rpc.clientClosed() : noTurn(rpc);
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
}
