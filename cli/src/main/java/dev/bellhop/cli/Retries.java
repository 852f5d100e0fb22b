// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClientException;
import dev.bellhop.api.client.BellhopTransportException;
import java.time.Duration;

/**
 * Sends a request again while the server is away, as in a restart: commands run on without it. For requests that may be
 * sent twice. Says so once for each outage. Thread safe.
 */
final class Retries {

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Terminal terminal;
    private final Duration longestOutage;

    Retries(CliContext context) {
        this.terminal = context.terminal();
        this.longestOutage = context.reconnectFor();
    }

    @FunctionalInterface
    interface Request<T> {
        T send() throws InterruptedException;
    }

    /**
     * The answer, once there is one.
     *
     * @throws BellhopClientException the last failure, where it does not pass or the outage takes too long
     */
    <T> T run(Request<T> request) throws InterruptedException {
        long begun = System.nanoTime();
        Duration pause = SHORTEST_PAUSE;
        while (true) {
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
            Duration left = longestOutage.minusNanos(System.nanoTime() - begun);
            Duration next = longer(pause, failure);
            if (!mayPass(failure) || next.compareTo(left) > 0) {
                throw failure;
            }
            if (pause.equals(SHORTEST_PAUSE)) {
                terminal.say(failure.getMessage() + "; trying again for " + longestOutage.toSeconds() + " s");
            }
            Thread.sleep(next);
            Duration doubled = pause.multipliedBy(2);
            pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
        }
    }

    /** Whether the same request can have a better answer later. */
    static boolean mayPass(BellhopClientException e) {
        return switch (e) {
            case BellhopApiException answer ->
                switch (answer.status()) {
                    case 429, 502, 503, 504 -> true;
                    default -> false;
                };
            case BellhopTransportException broken -> broken.mayPass();
        };
    }

    private static Duration longer(Duration pause, BellhopClientException e) {
        Duration asked =
                e instanceof BellhopApiException answer ? answer.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
        return asked.compareTo(pause) > 0 ? asked : pause;
    }
}
