// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The transfers of one VM. They take turns, so another caller of the agent waits for at most one chunk, however many
 * transfers there are. Thread safe.
 */
final class VmTransfers {
    /** The burst that is allowed after a pause, if there is a rate. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** The most files that are open for longer. Each costs the agent a descriptor. */
    static final int MAX_LASTING = 256;

    private static final int MAX_STREAMED = 32;

    /** Within {@link #SOON_NANOS}. */
    private static final int MANY_OPENS = 3;

    private static final long SOON_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ReentrantLock turn = new ReentrantLock(true);
    private final Semaphore places;
    private final Semaphore lasting = new Semaphore(MAX_LASTING);
    private final int most;
    private final @Nullable Long rate;

    /** Guarded by {@link #turn}, like {@link #writing} and {@link #nextAt}. */
    private final ChunkPace reading = new ChunkPace();

    private final ChunkPace writing = new ChunkPace();
    private final Queue<FileHandle> left = new ConcurrentLinkedQueue<>();
    private long nextAt = System.nanoTime();

    /** Guarded by {@code this}, like {@link #opens}. */
    private long openingSince = System.nanoTime();

    private int opens;

    VmTransfers(FileSettings settings) {
        this.most = settings.maxTransfersPerVm();
        this.places = new Semaphore(most);
        this.rate = settings.ratePerVm();
    }

    /** Takes a place, which must be released with {@link #leave}. Throws {@code TOO_MANY_TRANSFERS}. */
    void enter() {
        if (!places.tryAcquire()) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_TRANSFERS,
                    "Cannot begin one more transfer because " + most
                            + " are under way in this VM; try again in a moment",
                    most);
        }
    }

    /**
     * Same, for a file that is open for longer and does not delay others while it is idle. Released with
     * {@link #leaveLasting}.
     */
    void enterLasting() {
        if (!lasting.tryAcquire()) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_TRANSFERS,
                    "Cannot open one more file because " + MAX_LASTING + " are open in this VM; close some",
                    MAX_LASTING);
        }
    }

    /**
     * Returns true if one more of these files can use a stream, which also needs channels for terminals and commands.
     */
    boolean mayStreamLasting() {
        return MAX_LASTING - lasting.availablePermits() <= MAX_STREAMED;
    }

    /** Counts one open, and returns true if there were many recently. */
    synchronized boolean countOpen() {
        long now = System.nanoTime();
        if (now - openingSince > SOON_NANOS) {
            openingSince = now;
            opens = 0;
        }
        opens++;
        return opens >= MANY_OPENS;
    }

    void leaveLasting() {
        lasting.release();
    }

    /**
     * Keeps a handle that the agent did not close, to retry later. An agent closes nothing while file systems are
     * frozen.
     */
    void closeLater(FileHandle handle) {
        left.add(handle);
    }

    /** Retries to close the handles that the agent did not close. */
    void closeLeft() {
        for (int tries = left.size(); tries > 0; tries--) {
            FileHandle handle = left.poll();
            if (handle != null && !handle.close()) {
                left.add(handle);
                return;
            }
        }
    }

    void leave() {
        places.release();
    }

    /** One call that carries bytes. */
    interface Carrying<T> {
        /**
         * Carries some bytes.
         *
         * @param most the most bytes to carry
         */
        T carry(int most) throws AgentException;
    }

    /** Returns the number of carried bytes. */
    interface Size<T> {
        int of(T carried);
    }

    <T> T read(int most, Size<T> size, Carrying<T> call) throws AgentException, InterruptedException {
        return inTurn(reading, most, size, call);
    }

    <T> T write(int most, Size<T> size, Carrying<T> call) throws AgentException, InterruptedException {
        return inTurn(writing, most, size, call);
    }

    /** Returns the size of the next chunk: at most one second's worth if there is a rate. */
    private int atOnce(ChunkPace pace) {
        return rate == null ? pace.size() : (int) Math.min(pace.size(), rate);
    }

    private <T> T inTurn(ChunkPace pace, int most, Size<T> size, Carrying<T> call)
            throws AgentException, InterruptedException {
        awaitRate();
        turn.lockInterruptibly();
        try {
            long begin = System.nanoTime();
            T carried = call.carry(Math.min(most, atOnce(pace)));
            int bytes = size.of(carried);
            pace.took(bytes, System.nanoTime() - begin);
            count(bytes, begin);
            return carried;
        } finally {
            turn.unlock();
        }
    }

    /** A call that carries bytes without the agent, and so needs no turn: only the rate counts. */
    interface Beside<T> {
        T carry() throws InterruptedException;
    }

    <T> T carried(Size<T> size, Beside<T> call) throws InterruptedException {
        awaitRate();
        long begin = System.nanoTime();
        T carried = call.carry();
        count(size.of(carried), begin);
        return carried;
    }

    private void count(int bytes, long begin) throws InterruptedException {
        if (rate != null) {
            turn.lockInterruptibly();
            try {
                nextAt = Math.max(nextAt, begin - BURST_NANOS) + TimeUnit.SECONDS.toNanos(bytes) / rate;
            } finally {
                turn.unlock();
            }
        }
    }

    private void awaitRate() throws InterruptedException {
        if (rate == null) {
            return;
        }
        turn.lockInterruptibly();
        long wait;
        try {
            wait = nextAt - System.nanoTime();
        } finally {
            turn.unlock();
        }
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(wait);
        }
    }
}
