// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.cli.access.AccessCommands;
import dev.bellhop.cli.audit.AuditCommands;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.CommandBuilder;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.context.ContextCommands;
import dev.bellhop.cli.execution.ExecutionCommands;
import dev.bellhop.cli.file.FileCommands;
import dev.bellhop.cli.filesystem.FileSystemCommands;
import dev.bellhop.cli.forward.ForwardCommands;
import dev.bellhop.cli.guest.GuestCommands;
import dev.bellhop.cli.node.NodeCommands;
import dev.bellhop.cli.server.ServerCommands;
import dev.bellhop.cli.shell.ShellCommands;
import dev.bellhop.cli.ssh.SshCommands;
import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.cli.terminal.Terminal;
import dev.bellhop.cli.vm.VmCommands;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code bellhop} command. */
@Command(
        name = "bellhop",
        description = "Run commands inside virtual servers through the QEMU guest agent.",
        versionProvider = VersionProvider.class,
        synopsisSubcommandLabel = "COMMAND",
        addMethodSubcommands = false, // Or picocli looks through all methods at each start.
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  bellhop server --config /etc/bellhop/bellhop.yaml",
            "  export BELLHOP_KEY=$(cat /var/lib/bellhop/admin.key)",
            "  bellhop vm list",
            "  bellhop exec 10000 -- uname -a",
            "",
            "Exit codes: 0 done, 1 failed (standard error says why), 2 the command line is wrong."
                    + " 'exec', 'shell', 'wait' and 'logs -f' pass on the exit code of the guest's command."
        })
public final class Main implements Runnable {

    @Option(
            names = {"-h", "--help"},
            order = 7, // After the options of ClientOptions.
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it.
    private boolean version;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    private Main() {}

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess();
        int exitCode = run(new CliContext(System.getenv(), Stdin.ofProcess(), terminal), args);
        terminal.flush();
        System.exit(exitCode);
    }

    /** Runs the command in a given world and returns its exit code. */
    static int run(CliContext context, String... args) {
        CommandLine root = chosen(context, args);
        Terminal terminal = context.terminal();
        int exitCode = execute(root, terminal, args);
        terminal.flush();
        int failed = deepest(root).getCommandSpec().exitCodeOnExecutionException();
        if (terminal.outFailure().isPresent() && exitCode != failed) {
            terminal.say(
                    "Cannot write to standard output: " + terminal.outFailure().get());
            return failed;
        }
        return exitCode;
    }

    private static int execute(CommandLine root, Terminal terminal, String... args) {
        try {
            return root.execute(args);
        } catch (NoClassDefFoundError e) {
            // A package of the client has none of the server's classes.
            if (String.valueOf(e.getMessage()).startsWith("dev/bellhop/server/")) {
                terminal.say("Cannot do this because the server is not installed here; install the package"
                        + " bellhop-server");
                return ExitCodes.FAILED;
            }
            throw e;
        }
    }

    /** The command with those subcommands that the arguments name; with all of them for help, suggestions and completion. */
    private static CommandLine chosen(CliContext context, String... args) {
        Set<String> words = new HashSet<>(List.of(args));
        if (!words.contains(CompletionCommand.NAME)) {
            try {
                CommandLine named = commandLine(context, words::contains);
                ParseResult parsed = named.parseArgs(args);
                if (parsed.asCommandLineList().stream().noneMatch(CommandLine::isUsageHelpRequested)) {
                    return named;
                }
            } catch (ParameterException e) {
                // All of them say it again, with suggestions.
            }
        }
        return commandLine(context);
    }

    /** The command that was run. */
    private static CommandLine deepest(CommandLine root) {
        ParseResult parsed = root.getParseResult();
        return parsed == null ? root : parsed.asCommandLineList().getLast();
    }

    /** The command with all its subcommands. */
    static CommandLine commandLine(CliContext context) {
        return commandLine(context, name -> true);
    }

    private static CommandLine commandLine(CliContext context, Predicate<String> wanted) {
        CommandBuilder root = CommandBuilder.root(context, new ClientOptions(context, null), wanted, new Main());
        ExecutionCommands.addTo(root);
        ShellCommands.addTo(root);
        ForwardCommands.addTo(root);
        VmCommands.addTo(root);
        GuestCommands.addTo(root);
        FileCommands.addTo(root);
        FileSystemCommands.addTo(root);
        AccessCommands.addTo(root);
        SshCommands.addTo(root);
        AuditCommands.addTo(root);
        NodeCommands.addTo(root);
        ServerCommands.addTo(root);
        ContextCommands.addTo(root);
        root.add(CompletionCommand.NAME, CompletionCommand::new).add("version", (own, _) -> new VersionCommand(own));
        ErrorHandler errors = new ErrorHandler(context);
        // A guest's command is passed on as it is: "@file" in it is not a file of ours.
        return root.build()
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpLongOptionsMaxWidth(24)
                .setOut(context.terminal().out())
                .setErr(context.terminal().err())
                .setParameterExceptionHandler(errors::onWrongCommandLine)
                .setExecutionExceptionHandler(errors::onFailure);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
