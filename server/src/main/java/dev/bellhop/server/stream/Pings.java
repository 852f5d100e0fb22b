// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.nio.ByteBuffer;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Pings to a guest. Each ping has a number, so the answer to an earlier ping does not count. Thread safe. */
final class Pings {
    private final SendQueue queue;
    private final NavigableMap<Long, CompletableFuture<@Nullable Void>> waiting = new TreeMap<>();
    private long last;
    private @Nullable StreamException failure;

    Pings(SendQueue queue) {
        this.queue = queue;
    }

    /** Returns false if there was no answer by the deadline. */
    boolean ask(Deadline deadline) throws StreamException {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        long number;
        synchronized (this) {
            if (failure != null) {
                throw failure.again();
            }
            number = ++last;
            waiting.put(number, answer);
            // The queue replaces a waiting ping by the next, so they must be sent in order.
            queue.send(FrameType.PING, 0, ByteBuffer.allocate(Long.BYTES).putLong(number));
        }
        try {
            StreamFutures.get(answer, deadline);
            return true;
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.LATE) {
                return false;
            }
            throw e;
        } finally {
            synchronized (this) {
                waiting.remove(number);
            }
        }
    }

    /** The guest answers in order, so an answer to one ping also answers all earlier ones. */
    synchronized void answered(Frame pong) throws ViolationException {
        if (pong.payload().length != Long.BYTES) {
            return; // An answer to a heartbeat, which has no number.
        }
        long number = pong.fields().getLong();
        if (number > last) {
            throw new ViolationException("it answered what it was not asked");
        }
        var answered = waiting.headMap(number, true);
        answered.values().forEach(answer -> answer.complete(null));
        answered.clear();
    }

    synchronized void fail(StreamException why) {
        failure = why;
        waiting.values().forEach(answer -> answer.completeExceptionally(why));
        waiting.clear();
    }
}
