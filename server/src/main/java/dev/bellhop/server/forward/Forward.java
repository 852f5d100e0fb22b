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
 * One forwarded connection while it is open. Its taker reads and writes it, on one thread each, as fast as the other
 * side allows; only the piece in transit is buffered here. The first reason given ends the connection. Thread safe.
 */
public final class Forward implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Forward.class);
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /**
     * Nodes close connections without requests. This time plus one more request must be shorter than their timeout.
     */
    private static final long MAX_SILENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long KEEP_NANOS = Duration.ofSeconds(15).toNanos();

    private final ForwardInfo info;
    private final TcpConnections connections;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();

    /** Time in nanoseconds since which the node or the guest has not answered; 0 if it answers. */
    private final AtomicLong silentSince = new AtomicLong();

    private final CompletableFuture<ForwardEnd> end = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private volatile long lastEvent = System.nanoTime();
    private volatile boolean opened;

    /** Used only by the sweeper thread. */
    private long lastKept = System.nanoTime();

    Forward(ForwardInfo info, TcpConnections connections) {
        this.info = info;
        this.connections = connections;
    }

    public ForwardInfo info() {
        return info;
    }

    /** Returns the bytes sent to the guest's side so far. */
    public long sent() {
        return sent.get();
    }

    /** Returns the bytes received from the guest's side so far. */
    public long received() {
        return received.get();
    }

    /** Returns why the connection ended; absent while it is open. */
    public @Nullable ForwardEnd end() {
        return end.getNow(null);
    }

    /** Runs a task when the connection ends, or now if it has ended. The task must not block. */
    @SuppressWarnings("FutureReturnValueIgnored") // No caller waits for the task.
    public void whenEnded(Runnable task) {
        end.thenRun(task);
    }

    /**
     * Runs a task when nothing of the connection is left in the guest. This can be later than the end, because the
     * guest may still be reading the last data.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // No caller waits for the task.
    public void whenGone(Runnable task) {
        gone.thenRun(task);
    }

    /** Claims reading and writing for the caller; returns false for all but the first caller. */
    public boolean take() {
        lastEvent = System.nanoTime();
        return taken.compareAndSet(false, true);
    }

    /** Notes that the guest has connected. */
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
     * Returns data as soon as there is some.
     *
     * @return empty input if no data arrived in time; the end also if this connection has ended
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

    /**
     * Sends bytes. Returns when the guest has all of them, this connection has ended, or the other side no longer
     * reads.
     */
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
                    // The other side's data can still be read; as with any connection, bytes that it does not read are
                    // lost.
                    return;
                }
                var _ = waitOrLose(e);
            }
        }
    }

    /** Ends the output. Returns when that is done, or this connection has ended. */
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

    /**
     * Tells the guest's side at intervals that the connection is still wanted, because it can be idle for long. Returns
     * immediately.
     */
    void keep(long now) {
        if (now - lastKept < KEEP_NANOS) {
            return;
        }
        lastKept = now;
        Thread.ofVirtual().name("forward-keep").start(() -> {
            try {
                connections.keep(info.vm(), info.id());
            } catch (BellhopException e) {
                // The reader or the writer gets the error.
                log.debug("Cannot keep forwarded connection {}: {}", info.id(), e.getMessage());
            }
        });
    }

    /**
     * Returns whether to retry, after a pause, because a node can be unreachable for a while. Otherwise the connection
     * is lost.
     */
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

    /** Closes the connection in the guest. Returns immediately. */
    @Override
    public void close() {
        end(ForwardEnd.CLOSED);
    }

    /** Ends the connection; returns false if it has already ended. */
    boolean end(ForwardEnd why) {
        if (!end.complete(why)) {
            return false;
        }
        Thread.ofVirtual().name("forward-close").start(() -> {
            try {
                connections.forget(info.vm(), info.id());
            } catch (BellhopException e) {
                // It ends in the guest when no more requests for it arrive.
                log.debug("Cannot close forwarded connection {}: {}", info.id(), e.getMessage());
            } finally {
                gone.complete(null);
            }
        });
        return true;
    }
}
