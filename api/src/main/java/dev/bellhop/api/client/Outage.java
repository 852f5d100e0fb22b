// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.retry.Backoff;
import java.time.Duration;

/** Pauses between retries while the server is away, and gives up after a while. Not thread safe. */
final class Outage {

    private static final Backoff BACKOFF = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final Duration longest;
    private long since;
    private int failures;

    /** @param longest how long to retry; zero for no retry */
    Outage(Duration longest) {
        this.longest = longest;
    }

    /** Counts a failure, and returns the pause before the next try. Throws the failure if no retry helps, or the time is up. */
    Duration pauseAfter(BellhopClientException failure) {
        if (!failure.mayPass()) {
            throw failure;
        }
        if (failures == 0) {
            since = System.nanoTime();
        }
        Duration left = longest.minusNanos(System.nanoTime() - since);
        Duration pause = longer(BACKOFF.pause(failures), failure);
        if (pause.compareTo(left) > 0) {
            throw failure;
        }
        failures++;
        return pause;
    }

    /** Resets the time and the pauses, because the server has answered. */
    void end() {
        failures = 0;
    }

    private static Duration longer(Duration pause, BellhopClientException failure) {
        Duration wanted = failure instanceof BellhopApiException answer
                ? answer.retryAfter().orElse(pause)
                : pause;
        return wanted.compareTo(pause) > 0 ? wanted : pause;
    }
}
