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
 * One terminal, while it lives and a while longer. One thread reads the output of the pty into a ring; each viewer
 * reads the ring at its own pace. Another thread types. If the viewer that can type is slow, the first thread and so
 * the guest wait for it; other slow viewers miss output. So all buffers here are bounded. Thread safe.
 */
public final class Terminal {
    private static final Logger log = LoggerFactory.getLogger(Terminal.class);

    /** Bytes that the viewer that types can be behind before the guest waits for it. */
    private static final int MAX_AHEAD = 256 << 10;

    private static final int MAX_VIEWERS = 20;
    private static final int MAX_TYPED = 64 << 10;
    private static final int READ_BYTES = 64 << 10;

    /** An incoming message of a viewer, twice: Jetty copies its frames into one buffer. */
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

    /** Time for a hang-up to end the terminal; longer than the guest waits before it kills the processes. */
    private static final long HANG_UP_NANOS = Duration.ofSeconds(15).toNanos();

    private final TerminalInfo info;
    private final Ptys ptys;
    private final Clock clock;
    private final Memory memory;

    /** Set before the first event. */
    private volatile TerminalRecorder recorder = TerminalRecorder.NONE;

    private volatile @Nullable PtyWay way;

    /** Guarded by this, like all following fields. */
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

    /**
     * Set when its key is no longer allowed: no one sees or types anything any more, even before the guest ends it.
     */
    private @Nullable TerminalEnd forbidden;

    /**
     * The memory of a terminal.
     *
     * @param open memory that every terminal needs
     * @param history memory for a longer ring
     */
    record Memory(FairLimit.Holding open, FairLimit.Holding history) {
        void close() {
            open.close();
            history.close();
        }
    }

    /** @param memory at least {@link #BYTES}; owned by the terminal from now on */
    Terminal(TerminalInfo info, WindowSize size, Ptys ptys, Memory memory, Clock clock) {
        this.info = info;
        this.size = size;
        this.ptys = ptys;
        this.memory = memory;
        this.clock = clock;
        this.ring = new OutputRing(() -> memory.history.grow(OutputRing.PIECE));
    }

    /** Sets how its pty is reached. */
    void isReachedBy(PtyWay found) {
        way = found;
    }

    /** Returns how its pty is reached; absent if unknown. */
    public @Nullable PtyWay way() {
        return way;
    }

    /** Starts the threads of the terminal, whose pty is open. */
    void start(TerminalRecorder newRecorder) {
        recorder = newRecorder;
        Thread.ofVirtual().name("terminal-output").start(this::readOn);
        Thread.ofVirtual().name("terminal-input").start(this::typeOn);
    }

    public TerminalInfo info() {
        return info;
    }

    /** Checks whether output is recorded. */
    public boolean isRecorded() {
        return recorder.keepsOutput();
    }

    /** Checks whether input is recorded. */
    public boolean isInputRecorded() {
        return recorder.keepsInput();
    }

    public synchronized WindowSize size() {
        return size;
    }

    /** Returns how the terminal ended; absent while it lives. */
    public synchronized @Nullable TerminalEnd end() {
        return end;
    }

    public synchronized int viewers() {
        return viewers.size();
    }

    synchronized long quietNanos(long now) {
        return now - lastEvent;
    }

    /** Returns the time since a viewer that can type was last here; zero while one is. */
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
            // The message contains no data from the guest.
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

    /** Releases all memory, because the terminal was not opened. */
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

    /**
     * Retries, because a command that has not read for long can still read. Bytes written twice at the same offset are
     * typed once.
     */
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

    /** Ends the terminal. Only the first call's reason counts. Returns immediately. */
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
                // It ends in the guest when no more requests for it arrive.
            }
        });
    }

    /** Waits up to {@code longest} for the end; returns whether the terminal has ended. */
    synchronized boolean awaitEnd(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        for (long left = longest.toNanos(); end == null && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return end != null;
    }

    /**
     * Adds a viewer. A new viewer that can type replaces the old one, whose connection can be dead without having
     * noticed.
     *
     * @param seen bytes of the output that the viewer has already seen; absent to begin with the oldest output kept
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
     * The next output for a viewer.
     *
     * @param bytes empty if there was no output in time
     * @param missed how many bytes before these are no longer kept
     * @param offset of the first of these bytes
     * @param end set when no output follows; absent until then
     */
    @SuppressWarnings("ArrayRecordComponent") // Made for one viewer.
    public record Next(
            byte[] bytes,
            long missed,
            long offset,
            @Nullable TerminalEnd end) {}

    /** A viewer of a terminal. One thread can take output, and any number can type. */
    public final class Viewer implements AutoCloseable {
        private final boolean readOnly;
        private final boolean isCounted;
        /** Guarded by the terminal, like the following fields. */
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

        /** Checks whether another viewer that can type has replaced this one. */
        public boolean isReplaced() {
            synchronized (Terminal.this) {
                return replaced;
            }
        }

        /** Returns the offset of the next output. */
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

        /**
         * Types bytes. Waits while the guest has not accepted earlier input. Does nothing after the terminal has ended.
         */
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
