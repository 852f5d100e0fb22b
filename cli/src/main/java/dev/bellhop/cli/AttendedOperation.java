// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopClientException;
import dev.bellhop.api.v2.OperationView;
import dev.bellhop.api.v2.PowerOptions;
import java.time.Duration;
import java.util.UUID;

/**
 * An operation on a VM from its beginning to its end, attended by whoever typed it: how far it is comes on standard error.
 * Ctrl-C ends the waiting alone, and says so.
 */
final class AttendedOperation {

    private static final int EXIT_FAILED = 1;

    /** Between two looks at how far it is; its end is told at once. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final CliContext context;
    private final Terminal terminal;
    private final ClientOptions options;
    private volatile String goesOn = "Stopped before the server answered, so whether this was begun cannot be told";

    AttendedOperation(CliContext context, ClientOptions options) {
        this.context = context;
        this.terminal = context.terminal();
        this.options = options;
    }

    /**
     * Begins it, waits for its end unless that is not wanted, and returns the exit code to end with.
     *
     * @param wait whether its end is waited for
     */
    int run(long vmid, String action, PowerOptions wanted, boolean wait) throws InterruptedException {
        Thread farewell = new Thread(
                () -> {
                    terminal.say(goesOn);
                    terminal.flush();
                },
                "farewell");
        Runtime.getRuntime().addShutdownHook(farewell);
        try (BellhopClient client = options.connect()) {
            Retries retries = new Retries(context);
            // The same name each time, so that one whose answer was lost is not begun twice.
            String name = UUID.randomUUID().toString();
            OperationView begun = retries.run(() -> client.operate(vmid, action, wanted, name));
            goesOn = "Stopped waiting; the " + action + " of VM " + vmid
                    + " goes on. While it does, the same command again waits for it";
            return wait ? await(client, retries, begun) : tell(begun);
        } finally {
            forget(farewell);
        }
    }

    private static void forget(Thread farewell) {
        try {
            Runtime.getRuntime().removeShutdownHook(farewell);
        } catch (IllegalStateException e) {
            // The JVM ends already, and it has said what it has to say.
        }
    }

    private int tell(OperationView begun) {
        if (options.json()) {
            terminal.json(begun);
        } else {
            terminal.out().println(Printable.line(begun.id()));
        }
        return 0;
    }

    private int await(BellhopClient client, Retries retries, OperationView begun) throws InterruptedException {
        OperationView now = begun;
        String told = "";
        try {
            while (!now.ended()) {
                String message = now.progressMessage();
                if (!options.json() && !message.equals(told) && !now.state().equals("waiting")) {
                    terminal.say(message + " (" + now.progress() + " %)");
                    told = message;
                }
                String id = now.id();
                now = retries.run(() -> client.operation(id, LOOK));
            }
        } catch (BellhopClientException e) {
            throw new CliException(Failures.describe(e) + "\n" + goesOn);
        }
        if (options.json()) {
            terminal.json(now);
        } else {
            terminal.say(now.progressMessage());
        }
        return now.state().equals("completed") ? 0 : EXIT_FAILED;
    }
}
