// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ErrorMessages;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns errors into a message on standard error and an exit code. */
final class ErrorHandler {

    /** Commands that only read. */
    private static final Set<String> HARMLESS = Set.of(
            "completion",
            "doctor",
            "export",
            "inspect",
            "list",
            "logs",
            "ps",
            "show",
            "status",
            "verify",
            "version",
            "wait",
            "wait-agent");

    private static final Set<String> HARMFUL_OPTIONS = Set.of("--force", "--yes");

    private static final int UNAUTHORIZED = 401;

    private final CliContext context;

    ErrorHandler(CliContext context) {
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
            List<String> suggestions = unmatched.getSuggestions().stream()
                    .filter(name -> isHarmless(name, e.getCommandLine()))
                    .toList();
            String meant = suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
            String form = e.getCommandLine().getCommandName().equals("exec")
                    ? "\nWhat is for the guest stands last: bellhop exec [OPTIONS] VM -- COMMAND..."
                    : "";
            return (first.startsWith("-") ? "there is no option " : "there is no command or argument ") + "'" + first
                    + "'" + meant + form;
        }
        String text = String.valueOf(e.getMessage());
        return Character.toLowerCase(text.charAt(0))
                + text.substring(1).replaceAll("positional parameter at index [0-9.*+]+ \\((\\w+)\\)", "$1");
    }

    /** What somebody pastes without a second look must not change anything. */
    private static boolean isHarmless(String suggestion, CommandLine command) {
        CommandLine subcommand = command.getSubcommands().get(suggestion);
        return subcommand == null
                ? !HARMFUL_OPTIONS.contains(suggestion)
                : HARMLESS.contains(suggestion) || !subcommand.getSubcommands().isEmpty();
    }

    int onFailure(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        context.terminal()
                .say(ErrorMessages.of(
                        e,
                        e instanceof BellhopApiException refused && refused.status() == UNAUTHORIZED
                                ? refusedKeyHint(command)
                                : ""));
        if (!context.env("BELLHOP_DEBUG", "").isEmpty()) {
            e.printStackTrace(context.terminal().err());
        }
        return command.getCommandSpec().exitCodeOnExecutionException();
    }

    private static String refusedKeyHint(CommandLine command) {
        return command.getMixins().values().stream()
                .filter(ClientOptions.class::isInstance)
                .map(options -> ((ClientOptions) options).refusedKeyHint())
                .findFirst()
                .orElse("");
    }
}
