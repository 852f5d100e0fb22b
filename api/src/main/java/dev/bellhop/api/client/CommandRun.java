// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.client.run.CommandResult;
import dev.bellhop.api.client.run.RunOptions;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Runs a command to its end and collects its output, across restarts of the server. Not thread safe. */
final class CommandRun {

    /** The most that one request for output can return. */
    private static final int MAX_CHUNK = 1 << 20;

    private final ExecutionsClient executions;
    private final RunOptions options;
    private boolean isComplete;

    CommandRun(ExecutionsClient executions, RunOptions options) {
        this.executions = executions;
        this.options = options;
    }

    /** Sends the start again after a lost answer: the server starts a command once per idempotency key. */
    CommandResult run(long vmid, CreateExecution wanted) throws InterruptedException {
        String key = options.idempotencyKey() == null ? UUID.randomUUID().toString() : options.idempotencyKey();
        ExecutionView begun = retry(() -> executions.create(vmid, wanted, key, BellhopClient.MAX_WAIT));
        ExecutionView ended = begun.ended() ? begun : awaitEnd(begun.id(), null);
        return collect(ended);
    }

    /** @param atMost how long to wait; absent for any time */
    ExecutionView awaitEnd(String id, @Nullable Duration atMost) throws InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            Duration left = left(begun, atMost);
            ExecutionView execution = retry(() -> executions.get(id, left));
            if (execution.ended() || left.isZero()) {
                return execution;
            }
        }
    }

    private static Duration left(long begun, @Nullable Duration atMost) {
        if (atMost == null) {
            return BellhopClient.MAX_WAIT;
        }
        Duration left = atMost.minusNanos(System.nanoTime() - begun);
        // The server counts in milliseconds.
        if (left.toMillis() <= 0) {
            return Duration.ZERO;
        }
        return left.compareTo(BellhopClient.MAX_WAIT) < 0 ? left : BellhopClient.MAX_WAIT;
    }

    private CommandResult collect(ExecutionView ended) throws InterruptedException {
        isComplete = !Boolean.TRUE.equals(ended.truncated());
        ExecutionOutput small = ended.output();
        byte[] stdout = small == null
                ? read(ended.id(), OutputStreamName.STDOUT, ended.stdoutBytes())
                : limited(small.stdoutBytes());
        byte[] stderr = small == null
                ? read(ended.id(), OutputStreamName.STDERR, ended.stderrBytes())
                : limited(small.stderrBytes());
        return new CommandResult(ended, stdout, stderr, isComplete);
    }

    private byte[] limited(byte[] bytes) {
        if (bytes.length <= options.maxOutputBytes()) {
            return bytes;
        }
        isComplete = false;
        return Arrays.copyOf(bytes, options.maxOutputBytes());
    }

    /** @param size absent if the command never started */
    private byte[] read(String id, OutputStreamName stream, @Nullable Long size) throws InterruptedException {
        ByteArrayOutputStream collected = new ByteArrayOutputStream();
        long offset = 0;
        boolean isRead = size == null || size == 0;
        while (!isRead) {
            int room = Math.min(MAX_CHUNK, options.maxOutputBytes() - collected.size());
            if (room == 0) {
                isComplete = false;
                break;
            }
            long from = offset;
            OutputChunk chunk = retry(() -> executions.output(id, stream, from, room));
            collected.writeBytes(chunk.bytes());
            offset = chunk.nextOffset();
            isRead = chunk.complete();
            if (!isRead && offset == from) {
                // The server does not have the rest.
                isComplete = false;
                break;
            }
        }
        return collected.toByteArray();
    }

    @FunctionalInterface
    private interface Request<T> {
        T send() throws InterruptedException;
    }

    private <T> T retry(Request<T> request) throws InterruptedException {
        Outage outage = new Outage(options.maxOutage());
        while (true) {
            try {
                return request.send();
            } catch (BellhopClientException e) {
                Thread.sleep(outage.pauseAfter(e).toMillis());
            }
        }
    }
}
