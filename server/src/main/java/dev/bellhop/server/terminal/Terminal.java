// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One terminal, for as long as it lives, and a while longer. One thread of its own reads what the pty prints into a ring, from which
 * viewers take it, each at its own pace; another one types. The viewer that may type holds up the first, and with it the guest, where
 * it does not keep up; of the others, those that are too slow miss something. So nothing here grows without a bound. Thread safe.
 */
public final class Terminal {
    private static final Logger log = LoggerFactory.getLogger(Terminal.class);

    /** How much the viewer that types may have yet to take before the guest waits for it. */
    private static final int MAX_AHEAD = 256 << 10;

    private static final int MAX_VIEWERS = 20;
    private static final int MAX_TYPED = 64 << 10;
    private static final int READ_BYTES = 64 << 10;

    /** A message of a viewer on its way in, twice: Jetty copies its frames into one buffer. */
    private static final int MESSAGE_BYTES = 2 * (64 << 10);

    /**
     * Memory of every terminal without its recording: the smallest ring, the window of its stream, a piece of output for the ring and one for
     * the viewer that types, two pieces of input, and a message of that viewer.
     */
    static final long BYTES =
            OutputRing.MIN_BYTES + (64 << 10) + READ_BYTES + (32 << 10) + 2 * MAX_TYPED + MESSAGE_BYTES;

    /** A piece of output for another viewer with the message around it, and a message of that viewer. */
    static final long VIEWER_BYTES = (64 << 10) + MESSAGE_BYTES;

    private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration TYPE_TIMEOUT = Duration.ofSeconds(60);

    /** For a hang-up to become an end; longer than the guest takes to use force. */
    private static final long HANG_UP_NANOS = Duration.ofSeconds(15).toNanos();

    private final TerminalInfo info;
    private final Ptys ptys;
    private final Clock clock;
    private final Memory memory;

    /** Set before anything is told to it. */
    private volatile TerminalRecorder recorder = TerminalRecorder.NONE;

    private volatile @Nullable PtyWay way;

    /** Guarded by this, like all that follows. */
    private final OutputRing ring;

    private final List<Viewer> viewers = new ArrayList<>();
    private @Nullable Viewer typist;
    private WindowSize size;
    private byte[] toType = {};
    private long typed;
    private long lastEvent = System.nanoTime();
    private long leftAlone = System.nanoTime();
    private @Nullable EndReason hangUp;
    private long hangUpAt;
    private @Nullable TerminalEnd end;

    private boolean isForgotten;

    /** Once its key may not go on: nobody sees or types anything any more, whenever the guest ends it. */
    private @Nullable TerminalEnd forbidden;

    /**
     * The memory of a terminal.
     *
     * @param open that every terminal needs
     * @param history for a longer ring
     */
    record Memory(FairLimit.Holding open, FairLimit.Holding history) {
        void close() {
            open.close();
            history.close();
        }
    }

    /** @param memory has at least {@link #BYTES}; becomes the terminal's */
    Terminal(TerminalInfo info, WindowSize size, Ptys ptys, Memory memory, Clock clock) {
        this.info = info;
        this.size = size;
        this.ptys = ptys;
        this.memory = memory;
        this.clock = clock;
        this.ring = new OutputRing(() -> memory.history.grow(OutputRing.PIECE));
    }

    /** Once that is known. */
    void isReachedBy(PtyWay found) {
        way = found;
    }

    /** By which way its pty is reached; absent where that is not known. */
    public @Nullable PtyWay way() {
        return way;
    }

    /** Once its pty is open. */
    void start(TerminalRecorder newRecorder) {
        recorder = newRecorder;
        Thread.ofVirtual().name("terminal-output").start(this::readOn);
        Thread.ofVirtual().name("terminal-input").start(this::typeOn);
    }

    public TerminalInfo info() {
        return info;
    }

    /** Whether what is printed is recorded. */
    public boolean isRecorded() {
        return recorder.keepsOutput();
    }

    /** Whether what is typed is. */
    public boolean isInputRecorded() {
        return recorder.keepsInput();
    }

    public synchronized WindowSize size() {
        return size;
    }

    /** Absent while it lives. */
    public synchronized @Nullable TerminalEnd end() {
        return end;
    }

    public synchronized int viewers() {
        return viewers.size();
    }

    synchronized long quietNanos(long now) {
        return now - lastEvent;
    }

    /** For how long nobody has been there who may type; zero while somebody is. */
    synchronized long aloneNanos(long now) {
        return typist == null ? now - leftAlone : 0;
    }

    private void readOn() {
        TerminalEnd ended = null;
        try {
            for (long offset = 0; ended == null; ) {
                awaitRoom();
                PtyOutput output = ptys.read(info.vm(), info.id(), offset, READ_BYTES, READ_TIMEOUT);
                if (output.bytes().length > 0) {
                    offset += output.bytes().length;
                    recorder.printed(output.bytes());
                    printed(output.bytes());
                }
                ended = ended(output.end());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // What the guest has sent is not in the message.
            log.warn("Cannot follow terminal {} of VM {} any more", info.id(), info.vm(), e);
        }
        if (ended == null) {
            ended = new TerminalEnd(EndReason.LOST, PtyEnd.LOST, clock.instant());
        }
        try {
            recorder.ended(ended);
        } finally {
            synchronized (this) {
                end = ended;
                toType = new byte[0];
                notifyAll();
            }
            try {
                ptys.forget(info.vm(), info.id());
            } finally {
                memory.open.shrink(BYTES - OutputRing.MIN_BYTES);
            }
        }
    }

    private synchronized @Nullable TerminalEnd ended(@Nullable PtyEnd told) {
        boolean late = hangUp != null && System.nanoTime() - hangUpAt > HANG_UP_NANOS;
        if (told == null && !late) {
            return null;
        }
        EndReason reason = hangUp != null ? hangUp : PtyEnd.LOST.equals(told) ? EndReason.LOST : EndReason.EXITED;
        return new TerminalEnd(reason, told == null ? PtyEnd.LOST : told, clock.instant());
    }

    private synchronized void printed(byte[] bytes) {
        ring.append(bytes);
        lastEvent = System.nanoTime();
        notifyAll();
    }

    private synchronized void awaitRoom() throws InterruptedException {
        while (hangUp == null && typist != null && isTooFarAhead(ring.end() - typist.position)) {
            wait();
        }
    }

    /** A viewer that types must see all output. */
    private boolean isTooFarAhead(long ahead) {
        return ahead > MAX_AHEAD || !ring.hasRoomFor(ahead + READ_BYTES);
    }

    /** Forgets the output of an ended terminal without viewers. Returns whether it did that now. */
    synchronized boolean forgetOutput() {
        if (end == null || !viewers.isEmpty() || isForgotten) {
            return false;
        }
        isForgotten = true;
        ring.clear();
        memory.close();
        return true;
    }

    /** Moves some of its memory to a new holding. */
    FairLimit.Holding splitMemory(long bytes) {
        return memory.open.split(bytes);
    }

    /** Gives back all that it takes: it was not opened. */
    void abandon() {
        memory.close();
    }

    private void typeOn() {
        try {
            for (byte[] bytes = nextTyped(); bytes != null; bytes = nextTyped()) {
                recorder.typed(bytes);
                write(bytes);
                written(bytes.length);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopException e) {
            hangUp(EndReason.LOST);
        }
    }

    /** A command that reads nothing for long may yet do so. What is written twice at the same place is typed once. */
    private void write(byte[] bytes) throws InterruptedException {
        while (true) {
            try {
                ptys.write(info.vm(), info.id(), typed, bytes, TYPE_TIMEOUT);
                return;
            } catch (BellhopException e) {
                if (e.code() != ErrorCode.STDIN_FULL || isEnding()) {
                    throw e;
                }
            }
        }
    }

    private synchronized boolean isEnding() {
        return hangUp != null || end != null;
    }

    private synchronized byte @Nullable [] nextTyped() throws InterruptedException {
        while (toType.length == 0) {
            if (end != null) {
                return null;
            }
            wait();
        }
        byte[] bytes = toType;
        toType = new byte[0];
        notifyAll();
        return bytes;
    }

    private synchronized void written(int count) {
        typed += count;
    }

    /** Ends it, for the first reason that is given. Returns at once. */
    void hangUp(EndReason reason) {
        synchronized (this) {
            if (hangUp != null || end != null) {
                return;
            }
            hangUp = reason;
            hangUpAt = System.nanoTime();
            if (reason == EndReason.NOT_ALLOWED) {
                forbidden = new TerminalEnd(reason, PtyEnd.LOST, clock.instant());
                toType = new byte[0];
            }
            notifyAll();
        }
        Thread.ofVirtual().name("terminal-hang-up").start(() -> {
            try {
                ptys.hangUp(info.vm(), info.id());
            } catch (BellhopException e) {
                // It ends in the guest once nobody talks to it.
            }
        });
    }

    /** Waits until it has ended, for so long at most. */
    synchronized boolean awaitEnd(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        for (long left = longest.toNanos(); end == null && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return end != null;
    }

    /**
     * Lets somebody in. Whoever may type takes the place of who might before, whose connection may be dead and does not know.
     *
     * @param seen how much of what was printed it has seen; absent to begin with what is kept
     */
    public synchronized Viewer join(boolean readOnly, @Nullable Long seen) {
        if (viewers.size() >= MAX_VIEWERS) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_FOLLOWERS,
                    "Cannot let one more into this terminal because " + MAX_VIEWERS + " are there already",
                    MAX_VIEWERS);
        }
        boolean isCounted = readOnly && end == null;
        if (isCounted && !memory.open.grow(VIEWER_BYTES)) {
            throw new BellhopException(
                    ErrorCode.OVERLOADED,
                    "Cannot let one more into this terminal because open terminals, forwards and SSH sessions fill the memory for them; close some");
        }
        long wanted = seen == null ? ring.begin() : Math.min(seen, ring.end());
        Viewer viewer = new Viewer(readOnly, isCounted, wanted);
        viewers.add(viewer);
        if (!readOnly) {
            if (typist != null) {
                typist.replaced = true;
            }
            typist = viewer;
            notifyAll();
        }
        return viewer;
    }

    /**
     * What a viewer gets next.
     *
     * @param bytes none where nothing came within the time
     * @param missed how many bytes before these are not kept any more
     * @param offset of the first of these
     * @param end once there is no more; absent until then
     */
    @SuppressWarnings("ArrayRecordComponent") // Made for one viewer.
    public record Next(
            byte[] bytes,
            long missed,
            long offset,
            @Nullable TerminalEnd end) {}

    /** One who looks at a terminal. For one thread that takes, and any that type. */
    public final class Viewer implements AutoCloseable {
        private final boolean readOnly;
        private final boolean isCounted;
        /** All guarded by the terminal. */
        private long position;

        private boolean replaced;
        private boolean closed;
        private boolean sawEnd;

        private Viewer(boolean readOnly, boolean isCounted, long position) {
            this.readOnly = readOnly;
            this.isCounted = isCounted;
            this.position = position;
        }

        public boolean readOnly() {
            return readOnly;
        }

        /** Whether somebody else types by now. */
        public boolean isReplaced() {
            synchronized (Terminal.this) {
                return replaced;
            }
        }

        /** Where it goes on. */
        public long position() {
            synchronized (Terminal.this) {
                return position;
            }
        }

        public Next take(int limit, Duration longest) throws InterruptedException {
            synchronized (Terminal.this) {
                long until = System.nanoTime() + longest.toNanos();
                for (long left = longest.toNanos();
                        position >= ring.end() && end == null && forbidden == null && !replaced && !closed && left > 0;
                        left = until - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(Terminal.this, left);
                }
                if (forbidden != null) {
                    return new Next(new byte[0], 0, position, forbidden);
                }
                long from = Math.max(position, ring.begin());
                byte[] bytes = ring.read(from, limit);
                Next next = new Next(bytes, from - position, from, bytes.length == 0 ? end : null);
                sawEnd = next.end != null;
                position = from + bytes.length;
                if (bytes.length > 0) {
                    Terminal.this.notifyAll();
                }
                return next;
            }
        }

        /** Types something; waits where the guest has yet to take what was typed before. Nothing happens once it has ended. */
        public void type(byte[] bytes) throws InterruptedException {
            if (readOnly) {
                throw new BellhopException(
                        ErrorCode.FORBIDDEN, "Cannot type here because this ticket lets you look only");
            }
            for (int at = 0; at < bytes.length; ) {
                int count = Math.min(bytes.length - at, MAX_TYPED);
                synchronized (Terminal.this) {
                    while (toType.length + count > MAX_TYPED && end == null && forbidden == null && !closed) {
                        Terminal.this.wait();
                    }
                    if (end != null || forbidden != null || replaced || closed) {
                        return;
                    }
                    byte[] all = new byte[toType.length + count];
                    System.arraycopy(toType, 0, all, 0, toType.length);
                    System.arraycopy(bytes, at, all, toType.length, count);
                    toType = all;
                    lastEvent = System.nanoTime();
                    Terminal.this.notifyAll();
                }
                at += count;
            }
        }

        public void resize(WindowSize wanted) {
            synchronized (Terminal.this) {
                if (readOnly || replaced || end != null || forbidden != null || wanted.equals(size)) {
                    return;
                }
                size = wanted;
            }
            recorder.resized(wanted);
            ptys.resize(info.vm(), info.id(), wanted);
        }

        @Override
        public void close() {
            synchronized (Terminal.this) {
                closed = true;
                if (viewers.remove(this) && isCounted) {
                    memory.open.shrink(VIEWER_BYTES);
                }
                if (sawEnd && !readOnly) {
                    var _ = forgetOutput();
                }
                if (typist == this) {
                    typist = null;
                    leftAlone = System.nanoTime();
                }
                Terminal.this.notifyAll();
            }
        }
    }
}
