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
 * A process in the guest that connects, and a pty of its agent, made raw, as the way to it: a pty is held back where nobody reads it, ends
 * with its guest's server, and loses nothing. What a pty cannot tell, as that one side has said all, goes in {@linkplain RelayFrame frames}.
 * Thread safe.
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

    /** How much of the pty was read, and is not in {@link #frames} yet; written by the reader alone. */
    private volatile long offset;

    private final RelayFrame.Parser frames = new RelayFrame.Parser();

    /** What is left of a frame of data that was larger than its reader wanted. */
    private byte[] rest = {};

    private boolean inputEnded;
    private volatile boolean unread;

    /** The writer's alone: a frame that the guest has only some of, or none. */
    private byte @Nullable [] unfinished;

    private int unfinishedData;

    private long typed;
    private boolean outputEnded;

    private RelayWay(AgentPtys ptys, VmId vm, TerminalId pty) {
        this.ptys = ptys;
        this.vm = vm;
        this.pty = pty;
    }

    /** @param host one of those of the target */
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

    /** Absent where none comes by the deadline. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Its reader alone does.
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
            // A guest that sends frames of nothing must not hold up whoever reads.
            if (rest.length == 0 && !inputEnded && deadline.hasPassed()) {
                return TcpInput.nothing();
            }
        }
        byte[] bytes = Arrays.copyOf(rest, Math.min(limit, rest.length));
        rest = Arrays.copyOfRange(rest, bytes.length, rest.length);
        return new TcpInput(bytes, false);
    }

    /** What was not all taken is to be given again, as its frame may have been begun. */
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

    /** Sends what is left of a frame that was begun; returns whether nothing is. Whether the process is still there, its reader is told. */
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

    /** Any word does, and this one changes nothing. */
    @Override
    public void keep() {
        ptys.resize(vm, pty, SIZE);
    }

    /** The process ends by itself then. */
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

    /** Waits a moment for its end, so that nothing of it stays in the guest. */
    @Override
    public void close() {
        try {
            ptys.hangUp(vm, pty);
            linger(Deadline.after(CLOSE_TIMEOUT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopException e) {
            // It ends once nobody talks to it.
        } finally {
            ptys.forget(vm, pty);
        }
    }

    @Override
    public void abandon() {
        ptys.letGo(pty);
    }
}
