// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopClientException;
import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.api.v2.ExecutionView;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One command from its start to its end, attended by whoever typed it: its input is passed on, its output as it comes, and
 * Ctrl-C cancels it.
 */
final class AttendedExecution {

    /** Has an answer bring the output of what has ended. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final CliContext context;
    private final Terminal terminal;
    private final BellhopClient client;
    private final Retries retries;
    private final Farewell farewell;
    private final boolean json;

    AttendedExecution(CliContext context, BellhopClient client, Retries retries, Farewell farewell, boolean json) {
        this.context = context;
        this.terminal = context.terminal();
        this.client = client;
        this.retries = retries;
        this.farewell = farewell;
        this.json = json;
    }

    /**
     * Runs it and returns the exit code to end with.
     *
     * @param input what follows on its stdin; null for nothing
     */
    int run(ExecutionStart start, CreateExecution wanted, @Nullable StdinBuffer input) throws InterruptedException {
        try (Canceller canceller = new Canceller(client, retries, terminal);
                CtrlC _ = new CtrlC(() -> {
                    canceller.cancel(Canceller.Cause.CTRL_C);
                    terminal.say("Cancelling the command; Ctrl-C again ends the waiting for its end");
                })) {
            farewell.mindful(canceller);
            ExecutionView first = start.run(wanted);
            farewell.waitingFor(first);
            canceller.started(first.id());
            sayWhyItWaits(first);
            Received received = new Received();
            ExecutionView end = follow(first, input, canceller, received);
            if (json) {
                terminal.json(retries.run(() -> client.execution(end.id(), AT_ONCE)));
            }
            return exitCode(end, received, canceller.cause());
        } catch (BellhopClientException e) {
            if (!farewell.isWaiting()) {
                throw e;
            }
            throw new CliException(Failures.describe(e) + "\nAs far as is known, " + farewell.whatBecomesOfIt() + ".\n"
                    + farewell.howToFollow());
        } catch (IOException e) {
            throw new CliException("Cannot write the output: " + e.getMessage() + ".\n" + farewell.howToFollow());
        }
    }

    private void sayWhyItWaits(ExecutionView first) {
        if (first.approval() != null && first.awaitsApproval()) {
            terminal.say("Waiting for approval until " + first.approval().expiresAt()
                    + "; somebody else gives it with: bellhop approve " + first.id());
        }
        if (first.queuePlace() != null) {
            terminal.say("Waiting for its turn in VM " + first.vmid() + ", at place " + first.queuePlace());
        }
    }

    private ExecutionView follow(
            ExecutionView first, @Nullable StdinBuffer input, Canceller canceller, Received received)
            throws IOException, InterruptedException {
        LiveOutput.Sink sink = (stream, bytes) -> {
            received.add(stream, bytes.length);
            if (!json) {
                terminal.write(stream, bytes);
            }
            if (terminal.isUnread()) {
                canceller.cancel(Canceller.Cause.NO_READER);
            }
            return true;
        };
        if (input == null) {
            return new LiveOutput(client, context, sink, farewell::waitingFor).follow(first.id());
        }
        try (StdinPump pump = new StdinPump(client, retries, input, why -> {
            terminal.say(why + ".\nThe command is cancelled because the rest of its standard input is missing");
            canceller.cancel(Canceller.Cause.NO_STDIN);
        })) {
            return new LiveOutput(client, context, sink, state -> {
                        farewell.waitingFor(state);
                        if (state.state().equals("running")) {
                            pump.start(state.id());
                        }
                    })
                    .follow(first.id());
        }
    }

    private int exitCode(ExecutionView end, Received received, Canceller.@Nullable Cause cause) {
        Outcome outcome = new Outcome(terminal);
        if (cause == null || !end.state().equals("cancelled")) {
            return outcome.tell(end, received);
        }
        return switch (cause) {
            case CTRL_C -> {
                terminal.say("Cancelled");
                yield Outcome.EXIT_CTRL_C;
            }
            case NO_READER -> Outcome.EXIT_NO_READER;
            case NO_STDIN -> Outcome.EXIT_FAILED;
        };
    }
}
