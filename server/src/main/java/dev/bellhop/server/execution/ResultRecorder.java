// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.BellhopException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes how an execution ended. By then the agent has forgotten it and this process holds the only copy, so a store
 * that fails is tried again until it works or the server stops.
 */
final class ResultRecorder {
    private static final Logger log = LoggerFactory.getLogger(ResultRecorder.class);

    /** Large outputs are written in pieces, so that other executions' writes find their turn in between. */
    static final int CHUNK = 64 * 1024;

    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);

    private final ExecutionStore store;
    private final CountDownLatch stop;

    ResultRecorder(ExecutionStore store, CountDownLatch stop) {
        this.store = store;
        this.stop = stop;
    }

    /**
     * Returns once the end is durable.
     *
     * @throws InterruptedException where the server stops while the store still fails; the result is lost then
     */
    void record(Execution running, Execution ended, byte[] stdout, byte[] stderr) throws InterruptedException {
        List<OutputChunk> chunks = new ArrayList<>();
        split(OutputStreamName.STDOUT, stdout, chunks);
        split(OutputStreamName.STDERR, stderr, chunks);
        if (stdout.length + stderr.length > CHUNK) {
            for (OutputChunk chunk : chunks) {
                write(running, List.of(chunk));
            }
            chunks = List.of();
        }
        write(ended, chunks);
    }

    private void write(Execution execution, List<OutputChunk> chunks) throws InterruptedException {
        Duration delay = FIRST_RETRY;
        while (true) {
            try {
                store.update(execution, chunks).join();
                return;
            } catch (CompletionException | BellhopException e) {
                log.error("Cannot store the result of execution {}; trying again", execution.id(), e);
            }
            if (stop.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("the server stops");
            }
            Duration doubled = delay.multipliedBy(2);
            delay = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
        }
    }

    private static void split(OutputStreamName stream, byte[] bytes, List<OutputChunk> into) {
        for (int from = 0; from < bytes.length; from += CHUNK) {
            int to = Math.min(bytes.length, from + CHUNK);
            byte[] piece = from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
            into.add(new OutputChunk(stream, from, piece));
        }
    }
}
