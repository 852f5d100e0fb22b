// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.BufferUnderflowException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** One channel of a stream. The stream's thread delivers the frames; a channel must not block it. Thread safe. */
abstract class StreamChannel {
    final SendQueue queue;
    final int id;

    /** The pid, or 0 if there is none. */
    private final CompletableFuture<Long> opened = new CompletableFuture<>();

    private final AtomicBoolean isClosed = new AtomicBoolean();

    StreamChannel(SendQueue queue, int id) {
        this.queue = queue;
        this.id = id;
    }

    /** Handles frames other than OPENED, FAILED and CLOSED. */
    abstract void receive(Frame frame) throws ViolationException;

    /** Ends the channel with an error; it gets no more frames. */
    abstract void fail(StreamException why);

    final void accept(Frame frame) throws ViolationException {
        try {
            switch (frame.type()) {
                case OPENED -> {
                    if (!opened.complete(frame.fields().getInt() & 0xFFFF_FFFFL)) {
                        throw new ViolationException("it opened a channel twice");
                    }
                }
                case FAILED -> lose(StreamException.refused(frame.fields().getInt()));
                case CLOSED -> lose(new StreamException(StreamException.Kind.LOST, "The guest has closed it"));
                default -> receive(frame);
            }
        } catch (BufferUnderflowException e) {
            throw new ViolationException("it sent a frame that is too short");
        }
    }

    final void lose(StreamException why) {
        opened.completeExceptionally(why);
        fail(why);
    }

    /** Waits until the channel is open, and returns its pid. Closes the channel if it does not open. */
    final long awaitOpened(Deadline deadline) throws StreamException {
        try {
            return StreamFutures.get(opened, deadline);
        } catch (StreamException e) {
            close();
            throw e;
        }
    }

    public final long pid() {
        return opened.getNow(0L);
    }

    public final void close() {
        if (isClosed.compareAndSet(false, true)) {
            queue.send(FrameType.CLOSE, id);
            fail(StreamFutures.closed());
        }
    }

    static ViolationException unexpected() {
        return new ViolationException("it sent a frame that does not belong to the channel");
    }
}
