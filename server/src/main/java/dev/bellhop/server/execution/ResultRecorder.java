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
        if (stdout.length + stderr.length <= CHUNK) {
            List<OutputChunk> chunks = new ArrayList<>();
            addWhole(OutputStreamName.STDOUT, stdout, chunks);
            addWhole(OutputStreamName.STDERR, stderr, chunks);
            write(ended, chunks);
            return;
        }
        writePieces(running, OutputStreamName.STDOUT, stdout);
        writePieces(running, OutputStreamName.STDERR, stderr);
        write(ended, List.of());
    }

    private static void addWhole(OutputStreamName stream, byte[] bytes, List<OutputChunk> chunks) {
        if (bytes.length > 0) {
            chunks.add(new OutputChunk(stream, 0, bytes));
        }
    }

    /** Each piece is copied when its turn comes, so that a large output is not held twice. */
    private void writePieces(Execution running, OutputStreamName stream, byte[] bytes) throws InterruptedException {
        for (int from = 0; from < bytes.length; from += CHUNK) {
            byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK));
            write(running, List.of(new OutputChunk(stream, from, piece)));
        }
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
}
