// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Follows an operation to its end and says on standard error how far it is. */
final class OperationFollower {

    /** How long a request for the state waits; the end of the operation is answered at once. */
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);

    private final BellhopClient client;
    private final Retries retries;
    private final Terminal terminal;
    private final boolean silent;

    OperationFollower(BellhopClient client, Retries retries, Terminal terminal, boolean silent) {
        this.client = client;
        this.retries = retries;
        this.terminal = terminal;
        this.silent = silent;
    }

    /**
     * The operation as it ended, or as it is when the time is up.
     *
     * @param longest absent for as long as it takes
     */
    OperationView follow(OperationView started, @Nullable Duration longest) throws InterruptedException {
        long begun = System.nanoTime();
        OperationView now = started;
        String said = "";
        while (!now.ended()
                && (longest == null
                        || longest.minusNanos(System.nanoTime() - begun).isPositive())) {
            String message = now.progressMessage();
            if (!silent && !message.equals(said) && !now.state().equals("waiting")) {
                terminal.say(message + " (" + now.progress() + " %)");
                said = message;
            }
            String id = now.id();
            now = retries.run(() -> client.operations().get(id, PROGRESS_INTERVAL));
        }
        return now;
    }
}
