// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for answers of a guest. */
final class StreamFutures {
    private StreamFutures() {}

    static <T extends @Nullable Object> T get(CompletableFuture<T> future, Deadline deadline) throws StreamException {
        try {
            return future.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StreamException failure) {
                throw failure.again();
            }
            throw new IllegalStateException(e);
        }
    }

    static StreamException late() {
        return new StreamException(StreamException.Kind.LATE, "Cannot tell because the guest did not answer in time");
    }

    static StreamException interrupted() {
        Thread.currentThread().interrupt();
        return new StreamException(StreamException.Kind.INTERRUPTED, "Cannot go on because the thread was interrupted");
    }

    static StreamException closed() {
        return new StreamException(StreamException.Kind.CLOSED, "Cannot go on because this was closed");
    }
}
