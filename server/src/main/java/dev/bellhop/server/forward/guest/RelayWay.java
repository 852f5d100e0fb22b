// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.script.GuestScript;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.stream.Errno;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A relay process in the guest that makes the connection, reached over a raw pty of the guest's agent. A pty throttles
 * its writer while its output is not read, ends when its server is gone, and loses nothing. Events that a pty cannot
 * convey, such as the end of one direction, are sent in {@linkplain RelayFrame frames}. Thread safe.
 */
final class RelayWay implements Way {
    private static final String START =
            GuestScript.load(RelayWay.class, "relay.sh").text();
    private static final String PERL =
            GuestScript.load(RelayWay.class, "relay.pl").text();
    private static final String PYTHON = GuestScript.loadAsIs(RelayWay.class, "relay.py");

    private static final String USER = "root";
    private static final WindowSize SIZE = new WindowSize(80, 24);
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");
    private static final int PIECE = 32 << 10;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final AgentPtys ptys;
    private final VmId vm;
    private final TerminalId pty;

    /** How many bytes of the pty were read and added to {@link #frames}; written only by the reader. */
    private volatile long offset;

    private final RelayFrame.Parser frames = new RelayFrame.Parser();

    /** The rest of a data frame that was larger than its reader wanted. */
    private byte[] rest = {};

    private boolean inputEnded;
    private volatile boolean unread;

    /** A frame that was only partly sent, or none; used only by the writer. */
    private byte @Nullable [] unfinished;

    private int unfinishedData;

    private long typed;
    private boolean outputEnded;

    private RelayWay(AgentPtys ptys, VmId vm, TerminalId pty) {
        this.ptys = ptys;
        this.vm = vm;
        this.pty = pty;
    }

    /** @param host one of the target's hosts */
    static RelayWay connect(AgentPtys ptys, VmId vm, ForwardTarget target, String host, Deadline deadline) {
        TerminalId pty = new TerminalId(UUID.randomUUID());
        List<String> argv =
                List.of(GuestShell.PATH, "-c", START, "sh", PERL, PYTHON, host, Integer.toString(target.port()));
        PtySpec spec = new PtySpec(SIZE, USER, "/", Map.of(), argv);
        ptys.open(vm, pty, spec, ConnectFailure.cannot(vm, target), deadline.remaining());
        RelayWay way = new RelayWay(ptys, vm, pty);
        boolean connected = false;
        try {
            way.awaitOpen(target, deadline);
            connected = true;
            return way;
        } catch (BellhopException e) {
            throw e.code() == ErrorCode.EXECUTION_ENDED ? ConnectFailure.gone(vm, target, e) : e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ConnectFailure.stopping(vm, target);
        } finally {
            if (!connected) {
                Thread.ofVirtual().name("forward-close").start(way::close);
            }
        }
    }

    private void awaitOpen(ForwardTarget target, Deadline deadline) throws InterruptedException {
        RelayFrame frame = next(deadline);
        if (frame == null) {
            throw ConnectFailure.late(vm, target);
        }
        switch (frame.kind()) {
            case RelayFrame.OPENED -> {}
            case RelayFrame.FAILED -> {
                String number = new String(frame.data(), StandardCharsets.US_ASCII);
                throw ConnectFailure.refused(
                        vm, target, NUMBER.matcher(number).matches() ? Integer.parseInt(number) : Errno.NO_ADDRESS);
            }
            default -> throw broken();
        }
    }

    /** Returns the next frame; absent if none arrives by the deadline. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the reader writes it.
    private @Nullable RelayFrame next(Deadline deadline) throws InterruptedException {
        while (true) {
            RelayFrame frame = frames.next();
            if (frame != null) {
                return frame;
            }
            PtyOutput output = ptys.read(vm, pty, offset, TcpConnections.MAX_BYTES, deadline.remaining());
            if (output.bytes().length > 0) {
                offset += output.bytes().length;
                frames.add(output.bytes());
            } else if (output.end() != null) {
                throw broken();
            } else if (deadline.hasPassed()) {
                return null;
            }
        }
    }

    private static BellhopException broken() {
        return new BellhopException(
                ErrorCode.EXECUTION_ENDED,
                "Cannot go on with this connection because its process in the guest ended, or does not answer");
    }

    @Override
    public TcpInput read(int limit, Deadline deadline) throws InterruptedException {
        while (rest.length == 0) {
            if (inputEnded) {
                return TcpInput.end();
            }
            RelayFrame frame = next(deadline);
            if (frame == null) {
                return TcpInput.nothing();
            }
            switch (frame.kind()) {
                case RelayFrame.DATA -> rest = frame.data();
                case RelayFrame.END -> inputEnded = true;
                case RelayFrame.UNREAD -> unread = true;
                default -> throw broken();
            }
            // A guest that sends empty frames must not block the reader.
            if (rest.length == 0 && !inputEnded && deadline.hasPassed()) {
                return TcpInput.nothing();
            }
        }
        byte[] bytes = Arrays.copyOf(rest, Math.min(limit, rest.length));
        rest = Arrays.copyOfRange(rest, bytes.length, rest.length);
        return new TcpInput(bytes, false);
    }

    /** Sends bytes. The caller must repeat bytes that were not accepted, because their frame may be partly sent. */
    @Override
    public int write(byte[] bytes, int from, int count, Deadline deadline) throws InterruptedException {
        int done = 0;
        while (done < count) {
            if (unread) {
                throw ConnectFailure.unread();
            }
            if (unfinished == null) {
                unfinishedData = Math.min(PIECE, count - done);
                unfinished = RelayFrame.of(RelayFrame.DATA, bytes, from + done, unfinishedData);
            }
            if (!flush(deadline)) {
                break;
            }
            done += unfinishedData;
        }
        return done;
    }

    /**
     * Sends the rest of a started frame; returns whether nothing is left. Only the reader notices the end of the
     * process.
     */
    private boolean flush(Deadline deadline) throws InterruptedException {
        byte[] frame = unfinished;
        if (frame == null) {
            return true;
        }
        try {
            ptys.write(vm, pty, typed, frame, deadline.remaining());
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.STDIN_FULL || e.code() == ErrorCode.AGENT_UNAVAILABLE) {
                return false;
            }
            throw e;
        }
        typed += frame.length;
        unfinished = null;
        return true;
    }

    @Override
    public boolean endOutput(Deadline deadline) throws InterruptedException {
        if (flush(deadline) && !outputEnded) {
            outputEnded = true;
            unfinished = RelayFrame.of(RelayFrame.END, new byte[0], 0, 0);
        }
        return flush(deadline);
    }

    /** Sends the current size: any message keeps the pty, and this one changes nothing. */
    @Override
    public void keep() {
        ptys.resize(vm, pty, SIZE);
    }

    /** Waits for the process, which ends by itself after both directions have ended. */
    @Override
    public void linger(Deadline deadline) throws InterruptedException {
        long at = offset;
        while (!deadline.hasPassed()) {
            PtyOutput output = ptys.read(vm, pty, at, TcpConnections.MAX_BYTES, deadline.remaining());
            if (output.end() != null) {
                return;
            }
            at += output.bytes().length;
        }
    }

    /** Hangs up, and waits a moment for the process to end, so it leaves nothing in the guest. */
    @Override
    public void close() {
        try {
            ptys.hangUp(vm, pty);
            linger(Deadline.after(CLOSE_TIMEOUT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopException e) {
            // The process ends when no more requests for the pty arrive.
        } finally {
            ptys.forget(vm, pty);
        }
    }

    @Override
    public void abandon() {
        ptys.letGo(pty);
    }
}
