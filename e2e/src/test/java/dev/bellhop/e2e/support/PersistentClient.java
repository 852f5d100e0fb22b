// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** A client that gets its commands run, whatever happens to servers, nodes and agents. Thread safe. */
public final class PersistentClient {
    /** Errors after which the same request may be sent again. */
    private static final Set<String> TRY_AGAIN = Set.of(
            "agent_unavailable", "start_unconfirmed", "too_many_executions", "store_unavailable", "shutting_down");

    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final List<BellhopClient> servers;
    private final Instant deadline;

    /** @param servers each of which will do */
    public PersistentClient(List<BellhopClient> servers, Instant deadline) {
        this.servers = List.copyOf(servers);
        this.deadline = deadline;
    }

    /**
     * Runs a command and waits for its end. A rejected execution has not run, so another is made; if a rejection is wrong,
     * the command shows as run twice.
     */
    public ExecutionView run(long vmid, CreateExecution wanted) throws Exception {
        while (true) {
            ExecutionView view = runOrBeRejected(vmid, wanted);
            if (!view.state().equals("rejected")) {
                return view;
            }
            pause();
        }
    }

    /** Asks once for a command to be run, and waits for the end of that execution. */
    public ExecutionView runOrBeRejected(long vmid, CreateExecution wanted) throws Exception {
        // As long as the answer is not known, it is the same request that is sent.
        String key = UUID.randomUUID().toString();
        ExecutionView view = insist(server -> server.executions().create(vmid, wanted, key, Duration.ZERO));
        while (!view.ended()) {
            String id = view.id();
            view = insist(server -> server.executions().get(id, WAIT));
        }
        return view;
    }

    private interface Request {
        ExecutionView askOf(BellhopClient server) throws Exception;
    }

    private ExecutionView insist(Request request) throws Exception {
        while (true) {
            try {
                return request.askOf(servers.get(ThreadLocalRandom.current().nextInt(servers.size())));
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
