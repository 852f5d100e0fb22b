// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Writes log lines in batches from a separate thread. There is a line for every request, so a thread that logs must
 * neither wait for the log's reader nor wake another thread. A warning is written immediately, with everything queued
 * before it.
 *
 * <p>When lines arrive faster than they are read, lines below WARN are dropped first, and all lines once the queue is
 * full. {@link #stop} writes the queued lines. Thread safe.
 */
final class BatchAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final Duration DELAY = Duration.ofMillis(50);
    static final int QUEUE = 8192;

    /** The part of the queue that is reserved for warnings and above. */
    private static final int RESERVE = QUEUE / 5;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Encoder<ILoggingEvent> encoder;
    private final OutputStream out;
    private final BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Semaphore urgent = new Semaphore(0);
    private final Thread writer = Thread.ofPlatform().daemon().name("log").unstarted(this::run);

    /** @param out is flushed after each batch, never closed */
    BatchAppender(Encoder<ILoggingEvent> encoder, OutputStream out) {
        this.encoder = encoder;
        this.out = new BufferedOutputStream(out, 1 << 16);
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        boolean warning = event.getLevel().isGreaterOrEqual(Level.WARN);
        if (!warning && queue.remainingCapacity() <= RESERVE) {
            return;
        }
        // Captures the thread's name and the message's arguments before they can change.
        event.prepareForDeferredProcessing();
        if (queue.offer(event) && warning) {
            urgent.release();
        }
    }

    private void run() {
        List<ILoggingEvent> batch = new ArrayList<>();
        try {
            while (true) {
                batch.add(queue.take());
                if (urgent.tryAcquire(DELAY.toNanos(), TimeUnit.NANOSECONDS)) {
                    urgent.drainPermits();
                }
                queue.drainTo(batch);
                write(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            queue.drainTo(batch);
            write(batch);
        }
    }

    private void write(List<ILoggingEvent> batch) {
        try {
            for (ILoggingEvent event : batch) {
                write(event);
            }
            out.flush();
        } catch (IOException e) {
            addError("Cannot write to the log", e);
        }
    }

    private void write(ILoggingEvent event) throws IOException {
        try {
            out.write(encoder.encode(event));
        } catch (RuntimeException e) {
            addError("Cannot make a line of the log", e);
        }
    }

    /** Writes the queued lines, unless their reader has stalled. */
    @Override
    public void stop() {
        super.stop();
        writer.interrupt();
        try {
            writer.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
