// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How long to go on trying a copy that breaks off. It begins with the first failure, and anew after each byte that got through. For one thread. */
final class Outage {
    private static final Set<String> PASSING = Set.of("upload_offset", "file_changed");
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final CliContext context;
    private @Nullable Long since;

    Outage(CliContext context) {
        this.context = context;
    }

    /** Something got through. */
    void isOver() {
        since = null;
    }

    /** Waits a moment before the next attempt; throws the failure where there shall be none. */
    void await(BellhopClientException failure) throws InterruptedException {
        end(failure);
        pause(failure);
    }

    /** Waits a moment before it is looked how much got through; throws the failure where another attempt would end the same way. */
    void pause(BellhopClientException failure) throws InterruptedException {
        if (!mayPass(failure)) {
            throw failure;
        }
        pause(String.valueOf(failure.getMessage()));
    }

    /** Throws the failure where nothing got through for too long. */
    void end(BellhopClientException failure) {
        if (isLate()) {
            throw failure;
        }
    }

    /** The same, where what came has ended too early. */
    void await(String failure) throws InterruptedException {
        if (isLate()) {
            throw new CliException(failure);
        }
        pause(failure);
    }

    private boolean isLate() {
        return since != null
                && System.nanoTime() - since > context.reconnectTimeout().toNanos();
    }

    private void pause(String failure) throws InterruptedException {
        if (since == null) {
            since = System.nanoTime();
            context.terminal()
                    .say(failure + "; trying again for "
                            + context.reconnectTimeout().toSeconds() + " s");
        }
        Thread.sleep(PAUSE);
    }

    /** The server may not have noticed yet that the request before has broken off, or the guest's agent was restarted. */
    private static boolean mayPass(BellhopClientException failure) {
        return failure.mayPass()
                || failure instanceof BellhopTransportException
                || (failure instanceof BellhopApiException answer
                        && answer.code().filter(PASSING::contains).isPresent());
    }
}
