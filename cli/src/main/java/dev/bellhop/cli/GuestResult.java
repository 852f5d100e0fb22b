// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopTransportException;
import dev.bellhop.api.v1.ExecResult;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Waits for a command in a guest and makes its end our own: its output, then its exit code. */
final class GuestResult {

    /** The exit code for "there is none from the guest", as ssh has it. */
    static final int EXIT_FAILED = 255;

    private static final int SIGNAL_BASE = 128;
    private static final int FIRST_SERVER_ERROR = 500;

    private final CliContext context;
    private final BellhopClient client;
    private final boolean json;
    private final Farewell farewell;

    GuestResult(CliContext context, BellhopClient client, boolean json, Farewell farewell) {
        this.context = context;
        this.client = client;
        this.json = json;
        this.farewell = farewell;
    }

    /** Waits for the end, writes what the command wrote and returns the exit code to end with. */
    int await(long vmid, long pid) throws InterruptedException {
        ExecResult result;
        try {
            result = new ResultPoller(context, client).await(vmid, pid);
        } catch (BellhopTransportException e) {
            throw new CliException(e.getMessage() + ".\nThe command may run on. " + farewell.howToReadItLater());
        } catch (BellhopApiException e) {
            if (e.status() < FIRST_SERVER_ERROR) {
                throw e;
            }
            throw new CliException(e.getMessage() + ".\nThe command may run on. " + farewell.howToReadItLater());
        }
        farewell.printing();
        try {
            print(result);
        } catch (IOException e) {
            throw new CliException("Cannot write the output: " + e.getMessage() + ".\n" + farewell.howToReadItLater());
        }
        return exitCode(result);
    }

    private void print(ExecResult result) throws InterruptedException, IOException {
        Terminal terminal = context.terminal();
        if (json) {
            terminal.json(result);
        } else {
            new GuestOutput(client, result).writeTo(terminal.stdoutBytes(), terminal.stderrBytes());
        }
        if (Boolean.TRUE.equals(result.truncated())) {
            terminal.say("The output was longer than the guest agent keeps, which is 16 MiB a stream; the rest is lost."
                    + " Let the command write to a file in the guest");
        }
    }

    private int exitCode(ExecResult result) {
        @Nullable Integer code = result.exitcode();
        if (code == null && result.signal() != null) {
            code = SIGNAL_BASE + result.signal();
        }
        if (code == null) {
            context.terminal().say(whyUnknown(result));
            return EXIT_FAILED;
        }
        if (code < 0 || code > EXIT_FAILED) {
            context.terminal().say("The command ended with exit code " + code + ", which no process here can end with");
            return EXIT_FAILED;
        }
        return code;
    }

    private static String whyUnknown(ExecResult result) {
        String state = result.state() == null ? "" : result.state();
        String because = result.reason() == null ? "" : " (" + result.reason() + ")";
        return switch (state) {
            case "lost" -> "Cannot tell how the command ended: it was lost" + because + "; it may have run";
            case "rejected" -> "The command was not started" + because;
            case "timed_out", "cancelled" -> "The command was ended: " + state + because;
            default -> "Cannot tell how the command ended because the guest did not say";
        };
    }
}
