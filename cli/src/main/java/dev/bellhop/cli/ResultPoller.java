// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopClientException;
import dev.bellhop.api.client.BellhopTransportException;
import dev.bellhop.api.v1.ExecResult;
import java.time.Duration;

/**
 * Asks for a result until there is one: at once at first, then after pauses in proportion to the time already waited, so
 * that a short command is seen at once and a long one costs one request a second. A server that is away for a while, as
 * in a restart, is waited for: the command runs on without it.
 */
final class ResultPoller {

    private static final long SHORTEST_PAUSE_NANOS = 2_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;
    private static final int SHARE_OF_ELAPSED = 4;

    private final CliContext context;
    private final BellhopClient client;

    ResultPoller(CliContext context, BellhopClient client) {
        this.context = context;
        this.client = client;
    }

    /** The result, once there is nothing more to wait for. */
    ExecResult await(long vmid, long pid) throws InterruptedException {
        long start = System.nanoTime();
        long lastAnswer = start;
        boolean away = false;
        while (true) {
            Duration pause = pauseAfter(System.nanoTime() - start);
            try {
                ExecResult result = client.result(vmid, pid);
                if (result.exited() == null) {
                    throw new CliException(
                            "Cannot wait for pid " + pid + " because it is the VM's own process, not a command in it");
                }
                if (result.exited()) {
                    return result;
                }
                lastAnswer = System.nanoTime();
                away = false;
            } catch (BellhopClientException e) {
                if (!mayPass(e)
                        || System.nanoTime() - lastAnswer
                                > context.reconnectFor().toNanos()) {
                    throw e;
                }
                if (!away) {
                    away = true;
                    context.terminal()
                            .say(e.getMessage() + "; trying again for "
                                    + context.reconnectFor().toSeconds() + " s");
                }
                pause = longer(pause, e);
            }
            Thread.sleep(pause);
        }
    }

    private static Duration pauseAfter(long elapsedNanos) {
        return Duration.ofNanos(Math.clamp(elapsedNanos / SHARE_OF_ELAPSED, SHORTEST_PAUSE_NANOS, LONGEST_PAUSE_NANOS));
    }

    /** Whether the same question can have a better answer later. */
    private static boolean mayPass(BellhopClientException e) {
        return switch (e) {
            case BellhopApiException answer ->
                switch (answer.status()) {
                    case 429, 502, 503, 504 -> true;
                    default -> false;
                };
            case BellhopTransportException broken -> broken.kind() != BellhopTransportException.Kind.NOT_UNDERSTOOD;
        };
    }

    private static Duration longer(Duration pause, BellhopClientException e) {
        Duration asked =
                e instanceof BellhopApiException answer ? answer.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
        return asked.compareTo(pause) > 0 ? asked : pause;
    }
}
