// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.cli.command.Retries;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends stdin to a running command, piece by piece: the next one once the guest has the one before. A piece whose answer
 * was lost is sent again at the same offset, so nothing arrives twice. A command may end with its stdin unread.
 */
final class StdinPump implements AutoCloseable {

    /** Codes that mean that the command reads no more. */
    private static final Set<String> UNWANTED = Set.of("execution_ended", "stdin_closed");

    /** Codes that mean "not now": the agent is away, the command has not started, or it reads more slowly than we do. */
    private static final Set<String> RETRY =
            Set.of("agent_unavailable", "start_unconfirmed", "execution_pending", "stdin_full");

    private static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

    private final BellhopClient client;
    private final Retries retries;
    private final StdinBuffer input;
    private final Consumer<String> failed;
    private @Nullable Thread thread;

    /**
     * Sends nothing yet.
     *
     * @param failed is told why the rest cannot be sent; the command would wait for it in vain
     */
    StdinPump(BellhopClient client, Retries retries, StdinBuffer input, Consumer<String> failed) {
        this.client = client;
        this.retries = retries;
        this.input = input;
        this.failed = failed;
    }

    /** Starts to send, unless it has started before. */
    synchronized void start(String id) {
        if (thread == null) {
            thread = Thread.ofVirtual().name("stdin-pump").start(() -> run(id));
        }
    }

    private void run(String id) {
        try {
            send(id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failed.accept("Cannot read standard input: " + e.getMessage());
        } catch (BellhopClientException e) {
            if (!isAnswer(e, UNWANTED) && !Thread.currentThread().isInterrupted()) {
                failed.accept(String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * Sends all of it, and its end, on this thread.
     *
     * @throws IOException if the input cannot be read
     */
    void send(String id) throws IOException, InterruptedException {
        long offset = 0;
        StdinBuffer.Piece piece;
        do {
            piece = input.take();
            offset = write(id, offset, piece);
        } while (!piece.end());
    }

    private long write(String id, long offset, StdinBuffer.Piece piece) throws InterruptedException {
        while (true) {
            try {
                return retries.run(() -> client.executions().writeStdin(id, offset, piece.bytes(), piece.end()));
            } catch (BellhopApiException e) {
                // The command runs on meanwhile, and wants its input then.
                if (!isAnswer(e, RETRY)) {
                    throw e;
                }
                Thread.sleep(RETRY_INTERVAL);
            }
        }
    }

    private static boolean isAnswer(BellhopClientException e, Set<String> codes) {
        return e instanceof BellhopApiException answer
                && answer.code().filter(codes::contains).isPresent();
    }

    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
