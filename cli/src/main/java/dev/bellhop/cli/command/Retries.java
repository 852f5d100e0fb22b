// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.retry.Backoff;
import dev.bellhop.cli.terminal.Terminal;
import java.time.Duration;

/**
 * Retries requests while the server is away, as in a restart: commands run on without it. Only for requests that may be
 * sent twice. Says once per outage that it retries. Thread safe.
 */
public final class Retries {

    private static final Backoff BACKOFF = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final Terminal terminal;
    private final Duration reconnectTimeout;

    public Retries(CliContext context) {
        this.terminal = context.terminal();
        this.reconnectTimeout = context.reconnectTimeout();
    }

    @FunctionalInterface
    public interface Request<T> {
        T send() throws InterruptedException;
    }

    /**
     * The answer, once there is one.
     *
     * @throws BellhopClientException the last failure, where it does not pass or the outage takes too long
     */
    public <T> T run(Request<T> request) throws InterruptedException {
        long begun = System.nanoTime();
        for (int failures = 0; ; failures++) {
            BellhopClientException failure;
            try {
                return request.send();
            } catch (BellhopClientException e) {
                failure = e;
            }
            if (Thread.interrupted()) {
                // Nobody wants the answer any more, and the connection may have been closed under the request.
                throw new InterruptedException();
            }
            Duration left = reconnectTimeout.minusNanos(System.nanoTime() - begun);
            Duration next = longer(BACKOFF.pause(failures), failure);
            if (!failure.mayPass() || next.compareTo(left) > 0) {
                throw failure;
            }
            if (failures == 0) {
                terminal.say(failure.getMessage() + "; trying again for " + reconnectTimeout.toSeconds() + " s");
            }
            Thread.sleep(next);
        }
    }

    private static Duration longer(Duration pause, BellhopClientException e) {
        Duration asked =
                e instanceof BellhopApiException answer ? answer.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
        return asked.compareTo(pause) > 0 ? asked : pause;
    }
}
