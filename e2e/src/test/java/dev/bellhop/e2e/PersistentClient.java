// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopTransportException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;

/** A client that gets its commands run, whatever happens to the server and the agents. Thread safe. */
final class PersistentClient {
    /** Errors after which the same request may be sent again. */
    private static final Set<String> TRY_AGAIN = Set.of(
            "agent_unavailable", "start_unconfirmed", "too_many_executions", "store_unavailable", "shutting_down");

    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final BellhopClient client;
    private final Instant deadline;

    PersistentClient(BellhopClient client, Instant deadline) {
        this.client = client;
        this.deadline = deadline;
    }

    /**
     * Runs a command and waits for its end. A rejected execution has not run, so another is made; if a rejection is wrong,
     * the command shows as run twice.
     */
    ExecutionView run(long vmid, CreateExecution wanted) throws Exception {
        while (true) {
            // As long as the answer is not known, it is the same request that is sent.
            String key = UUID.randomUUID().toString();
            ExecutionView view = insist(() -> client.createExecution(vmid, wanted, key, Duration.ZERO));
            while (!view.ended()) {
                String id = view.id();
                view = insist(() -> client.execution(id, WAIT));
            }
            if (!view.state().equals("rejected")) {
                return view;
            }
            pause();
        }
    }

    private ExecutionView insist(Callable<ExecutionView> request) throws Exception {
        while (true) {
            try {
                return request.call();
            } catch (BellhopTransportException e) {
                // The server is away, or went away before it answered.
            } catch (BellhopApiException e) {
                if (!TRY_AGAIN.contains(e.code().orElse(""))) {
                    throw e;
                }
            }
            pause();
        }
    }

    private void pause() throws InterruptedException {
        assertThat(Instant.now()).as("all commands should have ended by now").isBefore(deadline);
        Thread.sleep(PAUSE);
    }
}
