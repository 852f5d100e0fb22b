// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopTransportException;
import dev.bellhop.api.v2.FieldError;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into words on standard error and an exit code. Never into a stack trace. */
final class Failures {

    private static final int UNAUTHORIZED = 401;
    private static final int FIRST_SERVER_ERROR = 500;

    private final CliContext context;

    Failures(CliContext context) {
        this.context = context;
    }

    int onWrongCommandLine(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        context.terminal().say("Cannot understand the command line: " + describe(e));
        context.terminal().err().println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static String describe(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            List<String> suggestions = unmatched.getSuggestions();
            String meant = suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
            String form = e.getCommandLine().getCommand() instanceof ExecCommand
                    ? "\nWhat is for the guest stands last: bellhop exec [OPTIONS] VMID -- COMMAND..."
                    : "";
            return (first.startsWith("-") ? "there is no option " : "there is no command or argument ") + "'" + first
                    + "'" + meant + form;
        }
        String text = String.valueOf(e.getMessage());
        return Character.toLowerCase(text.charAt(0))
                + text.substring(1).replaceAll("positional parameter at index [0-9.*+]+ \\((\\w+)\\)", "$1");
    }

    int onFailure(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        context.terminal().say(describe(e));
        if (!context.env().getOrDefault("BELLHOP_DEBUG", "").isEmpty()) {
            e.printStackTrace(context.terminal().err());
        }
        return command.getCommandSpec().exitCodeOnExecutionException();
    }

    /** What went wrong, and what to do about it, for a person. */
    static String describe(Exception e) {
        return switch (e) {
            case CliException ours -> String.valueOf(ours.getMessage());
            case BellhopApiException refused -> describe(refused);
            case BellhopTransportException broken -> describe(broken);
            case InterruptedException interrupted -> "Cannot wait longer because something interrupted it";
            default ->
                "Cannot go on because of a fault in bellhop itself ("
                        + e.getClass().getSimpleName() + "); set BELLHOP_DEBUG=1 to see more, and please report it";
        };
    }

    private static String describe(BellhopApiException e) {
        StringBuilder text = new StringBuilder(String.valueOf(e.getMessage()));
        for (FieldError error : e.fieldErrors()) {
            text.append("\n  ").append(error.pointer()).append(": ").append(error.detail());
        }
        if (e.fieldErrors().stream().anyMatch(error -> error.pointer().equals("/stdinFollows"))) {
            text.append("\nGive -n to pass on no standard input, or put it into a file first.");
        }
        if (e.status() == UNAUTHORIZED) {
            text.append("\nSet BELLHOP_KEY or --key to a valid key. 'bellhop key create' makes one; a server writes its"
                    + " first key to admin.key in its data folder.");
        }
        if (e.status() >= FIRST_SERVER_ERROR) {
            e.requestId()
                    .ifPresent(id -> text.append("\nThe server's log has more under request id ")
                            .append(id));
        }
        return text.toString();
    }

    private static String describe(BellhopTransportException e) {
        return switch (e.kind()) {
            case NOT_CONNECTED ->
                e.getMessage() + "; start a server with 'bellhop server', or set BELLHOP_URL or --url";
            case UNKNOWN_AUTHORITY ->
                e.getMessage()
                        + "; where that is as it should be, set BELLHOP_CA or --ca to the authority's certificate";
            case NOT_SECURED, TIMED_OUT, BROKEN, NOT_UNDERSTOOD -> String.valueOf(e.getMessage());
        };
    }
}
