// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.InterruptHandler;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command in the foreground, from its start to its end: passes its stdin on, prints its output as it comes, and
 * cancels it on Ctrl-C.
 */
final class AttachedExecution {

    /** Makes the server answer with the output of what has ended. */
    private static final Duration NO_WAIT = Duration.ofMillis(1);

    private final CliContext context;
    private final Terminal terminal;
    private final BellhopClient client;
    private final Retries retries;
    private final DetachNotice notice;
    private final boolean json;

    AttachedExecution(CliContext context, BellhopClient client, Retries retries, DetachNotice notice, boolean json) {
        this.context = context;
        this.terminal = context.terminal();
        this.client = client;
        this.retries = retries;
        this.notice = notice;
        this.json = json;
    }

    /**
     * Runs it and returns the exit code to end with.
     *
     * @param stdin what follows on its stdin; null for nothing
     */
    int run(IdempotentStart start, CreateExecution request, @Nullable StdinBuffer stdin) throws InterruptedException {
        try (CancelRequest cancelRequest = new CancelRequest(client, retries, terminal);
                InterruptHandler _ = new InterruptHandler(() -> {
                    cancelRequest.cancel(CancelRequest.Reason.CTRL_C);
                    terminal.say("Cancelling the command; Ctrl-C again ends the waiting for its end");
                })) {
            notice.include(cancelRequest);
            ExecutionView started = start.run(request);
            notice.update(started);
            cancelRequest.started(started.id());
            sayWhyItWaits(started);
            ReceivedOutput received = new ReceivedOutput();
            ExecutionView end = follow(started, stdin, cancelRequest, received);
            if (json) {
                terminal.json(retries.run(() -> client.executions().get(end.id(), NO_WAIT)));
            }
            return exitCode(end, received, cancelRequest.reason());
        } catch (BellhopClientException e) {
            if (!notice.isWaiting()) {
                throw e;
            }
            throw new CliException(
                    ErrorMessages.of(e) + "\nAs far as is known, " + notice.outlook() + ".\n" + notice.howToFollow());
        } catch (IOException e) {
            throw new CliException("Cannot write the output: " + e.getMessage() + ".\n" + notice.howToFollow());
        }
    }

    private void sayWhyItWaits(ExecutionView started) {
        if (started.approval() != null && started.awaitsApproval()) {
            terminal.say("Waiting for approval until " + started.approval().expiresAt()
                    + "; somebody else gives it with: bellhop approve " + started.id());
        }
        if (started.queuePlace() != null) {
            terminal.say("Waiting for its turn in VM " + started.vmid() + ", at place " + started.queuePlace());
        }
    }

    private ExecutionView follow(
            ExecutionView started, @Nullable StdinBuffer stdin, CancelRequest cancelRequest, ReceivedOutput received)
            throws IOException, InterruptedException {
        OutputFollower.Sink sink = piece -> {
            received.add(piece.stream(), piece.bytes().length);
            if (!json) {
                terminal.write(piece.stream(), piece.bytes());
            }
            if (terminal.isUnread()) {
                cancelRequest.cancel(CancelRequest.Reason.NO_READER);
            }
            return true;
        };
        if (stdin == null) {
            return new OutputFollower(client, context, sink, notice::update).follow(started.id());
        }
        try (StdinPump pump = new StdinPump(client, retries, stdin, why -> {
            terminal.say(why + ".\nThe command is cancelled because the rest of its standard input is missing");
            cancelRequest.cancel(CancelRequest.Reason.NO_STDIN);
        })) {
            return new OutputFollower(client, context, sink, state -> {
                        notice.update(state);
                        if (state.state().equals("running")) {
                            pump.start(state.id());
                        }
                    })
                    .follow(started.id());
        }
    }

    private int exitCode(ExecutionView end, ReceivedOutput received, CancelRequest.@Nullable Reason cancelled) {
        if (cancelled == null || !end.state().equals("cancelled")) {
            return new ExitStatus(terminal).report(end, received);
        }
        return switch (cancelled) {
            case CTRL_C -> {
                terminal.say("Cancelled");
                yield ExitCodes.INTERRUPTED;
            }
            case NO_READER -> ExitCodes.BROKEN_PIPE;
            case NO_STDIN -> ExitCodes.ERROR;
        };
    }
}
