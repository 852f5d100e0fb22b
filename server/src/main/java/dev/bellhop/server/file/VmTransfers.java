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
 * The transfers of one VM. They take turns with each other, so that whoever else calls the agent finds one chunk before him at most,
 * however many transfers there are. Thread safe.
 */
final class VmTransfers {
    /** What may be sent at once after a pause, where there is a rate. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Of what is open for longer: each takes the agent a descriptor. */
    static final int MAX_LASTING = 256;

    private static final int MAX_STREAMED = 32;

    /** So many opens in {@link #SOON_NANOS}. */
    private static final int MANY_OPENS = 3;

    private static final long SOON_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ReentrantLock turn = new ReentrantLock(true);
    private final Semaphore places;
    private final Semaphore lasting = new Semaphore(MAX_LASTING);
    private final int most;
    private final @Nullable Long rate;

    /** Guarded by {@link #turn}, like the two that follow. */
    private final ChunkPace reading = new ChunkPace();

    private final ChunkPace writing = new ChunkPace();
    private final Queue<FileHandle> left = new ConcurrentLinkedQueue<>();
    private long nextAt = System.nanoTime();

    /** Guarded by {@code this}, like what follows. */
    private long openingSince = System.nanoTime();

    private int opens;

    VmTransfers(FileSettings settings) {
        this.most = settings.maxTransfersPerVm();
        this.places = new Semaphore(most);
        this.rate = settings.ratePerVm();
    }

    /** Takes a place, to be given back. Throws {@code TOO_MANY_TRANSFERS}. */
    void enter() {
        if (!places.tryAcquire()) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_TRANSFERS,
                    "Cannot begin one more transfer because " + most
                            + " are under way in this VM; try again in a moment",
                    most);
        }
    }

    /** The same for what is open for longer, and not in the way of others while nobody uses it. */
    void enterLasting() {
        if (!lasting.tryAcquire()) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_TRANSFERS,
                    "Cannot open one more file because " + MAX_LASTING + " are open in this VM; close some",
                    MAX_LASTING);
        }
    }

    /** Whether one more of them may use a stream, which needs channels for terminals and commands. */
    boolean mayStreamLasting() {
        return MAX_LASTING - lasting.availablePermits() <= MAX_STREAMED;
    }

    /** Counts one open, and returns whether there were many of late. */
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

    /** What an agent did not close, as where it does nothing while file systems are frozen. */
    void closeLater(FileHandle handle) {
        left.add(handle);
    }

    /** Tries again what could not be closed. */
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
         * Carries some.
         *
         * @param most how many it may carry
         */
        T carry(int most) throws AgentException;
    }

    /** Tells how many bytes were carried. */
    interface Size<T> {
        int of(T carried);
    }

    <T> T read(int most, Size<T> size, Carrying<T> call) throws AgentException, InterruptedException {
        return inTurn(reading, most, size, call);
    }

    <T> T write(int most, Size<T> size, Carrying<T> call) throws AgentException, InterruptedException {
        return inTurn(writing, most, size, call);
    }

    /** No more than a second's worth, where there is a rate. */
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

    /** A call that carries bytes beside the agent, where nobody waits for anybody: only the rate counts. */
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
