// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.follow.GuestProcess.Sink;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A sink that makes output durable while its caller reads on: the disk and the agent work at the same time. What that takes
 * of the memory is bounded: where too many others do so already, it reads less at once and waits for each write. Used by one
 * thread, which ends it.
 */
final class WriteBehind implements Sink {
    /** Many chunks at a time, since an agent writes to its disk for each handle that it gives. */
    private static final int READ_BYTES = 4 * OutputTail.CHUNK;

    /** As much is read, and as much again written, for each that has a place. */
    private static final int LARGE_READ_BYTES = 16 * OutputTail.CHUNK;

    private static final Semaphore PLACES = new Semaphore(16);

    private final Sink sink;
    private final Semaphore places;
    private final boolean hasPlace;
    private @Nullable Write write;

    private record Write(FutureTask<Void> task, Thread thread) {}

    /** Reads from a guest, and gives what it read to a sink. */
    @FunctionalInterface
    interface Reading<T> {
        T read(WriteBehind sink) throws AgentException, InterruptedException;
    }

    /**
     * Reads with a sink that may have one of the places that all share; returns once everything is durable. If both the reading
     * and a write fail, the failure is that of the reading, and has the other one with it.
     */
    static <T> T during(Sink sink, Reading<T> reading) throws AgentException, InterruptedException {
        WriteBehind behind = new WriteBehind(sink, PLACES);
        T result;
        try {
            result = reading.read(behind);
        } catch (Throwable failure) {
            behind.endAfter(failure);
            throw failure;
        }
        behind.end();
        return result;
    }

    WriteBehind(Sink sink, Semaphore places) {
        this.sink = sink;
        this.places = places;
        this.hasPlace = places.tryAcquire();
    }

    /** How much to read at once, at most. */
    int readBytes() {
        return hasPlace ? LARGE_READ_BYTES : READ_BYTES;
    }

    /** Returns once what came before is durable. */
    @Override
    public void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
        awaitDurable();
        if (!hasPlace) {
            sink.append(chunks, size);
            return;
        }
        FutureTask<Void> task = new FutureTask<>(() -> {
            sink.append(chunks, size);
            return null;
        });
        write = new Write(task, Thread.ofVirtual().name("output-writer").start(task));
    }

    @Override
    public @Nullable OutputRelay passing() {
        return sink.passing();
    }

    /** Returns once everything is durable. */
    void awaitDurable() throws InterruptedException {
        Write last = write;
        write = null;
        if (last != null) {
            await(last);
        }
    }

    /** Whoever is interrupted meanwhile hears of that in any case. */
    void endAfter(Throwable failure) throws InterruptedException {
        try {
            end();
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }

    /** As {@link #awaitDurable}, when nothing more comes. */
    void end() throws InterruptedException {
        try {
            awaitDurable();
        } finally {
            if (hasPlace) {
                places.release();
            }
        }
    }

    /** Whoever is interrupted has the writer give up too, and goes on only when it has. */
    private static void await(Write last) throws InterruptedException {
        boolean interrupted = false;
        while (true) {
            try {
                last.task.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                last.thread.interrupt();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case InterruptedException cause -> throw cause;
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }
        if (interrupted) {
            throw new InterruptedException();
        }
    }
}
