// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One forwarded connection while it is open. Whoever has it reads and writes it, each on one thread, as fast as the other side goes: here
 * nothing is kept but the piece that is on its way. It ends once, for the first reason that is given. Thread safe.
 */
public final class Forward implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Forward.class);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** With one more request it has to be less than a node waits for somebody to ask. */
    private static final long MAX_SILENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long KEEP_NANOS = Duration.ofSeconds(15).toNanos();

    private final ForwardInfo info;
    private final TcpConnections connections;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();

    /** Since when nobody has answered, in nanoseconds; 0 where somebody does. */
    private final AtomicLong silentSince = new AtomicLong();

    private final CompletableFuture<ForwardEnd> end = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile long lastEvent = System.nanoTime();
    private volatile boolean opened;

    /** For the thread that looks after all of them. */
    private long lastKept = System.nanoTime();

    Forward(ForwardInfo info, TcpConnections connections) {
        this.info = info;
        this.connections = connections;
    }

    public ForwardInfo info() {
        return info;
    }

    /** To the guest's side, so far. */
    public long sent() {
        return sent.get();
    }

    /** From the guest's side, so far. */
    public long received() {
        return received.get();
    }

    /** Absent while it is open. */
    public @Nullable ForwardEnd end() {
        return end.getNow(null);
    }

    /** Has something done at its end, or now where it has ended. It must not wait. */
    @SuppressWarnings("FutureReturnValueIgnored") // What is done then is nobody's to wait for.
    public void whenEnded(Runnable task) {
        end.thenRun(task);
    }

    /** Likewise once there is nothing of it in the guest any more, where what is under way takes a while to be taken. */
    @SuppressWarnings("FutureReturnValueIgnored") // Nor is this.
    public void whenGone(Runnable task) {
        gone.thenRun(task);
    }

    /** Makes the caller the one who reads and writes it; false for all but the first. */
    public boolean take() {
        lastEvent = System.nanoTime();
        return taken.compareAndSet(false, true);
    }

    /** The guest has connected. */
    void opened() {
        lastEvent = System.nanoTime();
        opened = true;
    }

    boolean isOpened() {
        return opened;
    }

    public boolean isTaken() {
        return taken.get();
    }

    long quietNanos(long now) {
        return now - lastEvent;
    }

    /**
     * What has come, as soon as there is something.
     *
     * @return nothing where nothing came in time; the end also where this has ended
     */
    public TcpInput read(int limit, Duration longest) throws InterruptedException {
        if (end.isDone()) {
            return TcpInput.end();
        }
        try {
            TcpInput input = connections.read(info.vm(), info.id(), received.get(), limit, longest);
            silentSince.set(0);
            if (input.bytes().length > 0) {
                received.addAndGet(input.bytes().length);
                lastEvent = System.nanoTime();
            }
            return input;
        } catch (BellhopException e) {
            return waitOrLose(e) ? TcpInput.nothing() : TcpInput.end();
        }
    }

    /** Sends something; returns once the guest has all of it, or this has ended, or the other side reads no more. */
    public void write(byte[] bytes) throws InterruptedException {
        long begin = sent.get();
        long until = begin + bytes.length;
        while (sent.get() < until && !end.isDone()) {
            try {
                long now = connections.write(info.vm(), info.id(), begin, bytes, WRITE_TIMEOUT);
                silentSince.set(0);
                if (now > sent.get()) {
                    sent.set(Math.min(now, until));
                    lastEvent = System.nanoTime();
                }
            } catch (BellhopException e) {
                if (e.code() == ErrorCode.STDIN_CLOSED) {
                    // What it still sends can be read; as with any connection, what it does not read is gone.
                    return;
                }
                var _ = waitOrLose(e);
            }
        }
    }

    /** Says that nothing more will be sent; returns once that is done, or this has ended. */
    public void endOutput() throws InterruptedException {
        boolean done = false;
        while (!done && !end.isDone()) {
            try {
                done = connections.endOutput(info.vm(), info.id(), WRITE_TIMEOUT);
            } catch (BellhopException e) {
                var _ = waitOrLose(e);
            }
        }
    }

    /** Says now and then to the guest's side that it is still wanted: nobody may read or write for long. Returns at once. */
    void keep(long now) {
        if (now - lastKept < KEEP_NANOS) {
            return;
        }
        lastKept = now;
        Thread.ofVirtual().name("forward-keep").start(() -> {
            try {
                connections.keep(info.vm(), info.id());
            } catch (BellhopException e) {
                // Whoever reads or writes is told what is amiss.
                log.debug("Cannot keep forwarded connection {}: {}", info.id(), e.getMessage());
            }
        });
    }

    /** Whether it may be tried again, after a moment: a node may be out of reach for a while. Else it is lost. */
    private boolean waitOrLose(BellhopException e) throws InterruptedException {
        long now = System.nanoTime();
        silentSince.compareAndSet(0, now | 1);
        if (e.code() == ErrorCode.AGENT_UNAVAILABLE && now - silentSince.get() < MAX_SILENCE_NANOS) {
            Thread.sleep(PAUSE);
            return true;
        }
        if (end(ForwardEnd.LOST)) {
            log.debug("Forwarded connection {} of VM {} is lost: {}", info.id(), info.vm(), e.getMessage());
        }
        return false;
    }

    /** Closes it in the guest. Returns at once. */
    @Override
    public void close() {
        end(ForwardEnd.CLOSED);
    }

    /** Returns whether that is why it ends. */
    boolean end(ForwardEnd why) {
        if (!end.complete(why)) {
            return false;
        }
        Thread.ofVirtual().name("forward-close").start(() -> {
            try {
                connections.forget(info.vm(), info.id());
            } catch (BellhopException e) {
                // It ends in the guest once nobody talks to it.
                log.debug("Cannot close forwarded connection {}: {}", info.id(), e.getMessage());
            } finally {
                gone.complete(null);
            }
        });
        return true;
    }
}
