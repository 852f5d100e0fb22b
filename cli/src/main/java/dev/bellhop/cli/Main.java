// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code bellhop} command. */
@Command(
        name = "bellhop",
        description = "Run commands inside virtual servers through the QEMU guest agent.",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  bellhop server --config /etc/bellhop.yaml",
            "  export BELLHOP_KEY=$(cat /var/lib/bellhop/admin.key)",
            "  bellhop vm list",
            "  bellhop exec 10000 -- uname -a",
            "",
            "Exit codes: 0 done, 1 not done (standard error says why), 2 the command line is wrong."
                    + " 'exec' and 'logs -f' pass on the exit code of the guest's command instead."
        })
public final class Main implements Runnable {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Say how to use this command.")
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
        CommandLine root = commandLine(context);
        int exitCode = root.execute(args);
        Terminal terminal = context.terminal();
        terminal.flush();
        int failed = deepest(root).getCommandSpec().exitCodeOnExecutionException();
        if (terminal.outFailure().isPresent() && exitCode != failed) {
            terminal.say(
                    "Cannot write to standard output: " + terminal.outFailure().get());
            return failed;
        }
        return exitCode;
    }

    /** The command that was run. */
    private static CommandLine deepest(CommandLine root) {
        ParseResult parsed = root.getParseResult();
        return parsed == null ? root : parsed.asCommandLineList().getLast();
    }

    static CommandLine commandLine(CliContext context) {
        ClientOptions options = new ClientOptions(context, null);
        // They may stand before the command as well as after it.
        CommandLine root = new CommandLine(new Main())
                .addMixin("client", options)
                .addSubcommand(new ServerCommand())
                .addSubcommand(new ExecCommand(context, options))
                .addSubcommand(new LogsCommand(context, options))
                .addSubcommand(new PsCommand(context, options))
                .addSubcommand(new CancelCommand(context, options))
                .addSubcommand(new ApproveCommand(context, options))
                .addSubcommand(new RejectCommand(context, options))
                .addSubcommand(new CommandLine(new VmCommand())
                        .addSubcommand(new VmListCommand(context, options))
                        .addSubcommand(new VmShowCommand(context, options))
                        .addSubcommand(new VmStartCommand(context, options))
                        .addSubcommand(new VmShutdownCommand(context, options))
                        .addSubcommand(new VmStopCommand(context, options))
                        .addSubcommand(new VmRestartCommand(context, options))
                        .addSubcommand(new VmResetCommand(context, options))
                        .addSubcommand(new VmWaitAgentCommand(context, options))
                        .addSubcommand(new VmAssignCommand(context, options))
                        .addSubcommand(new VmUnassignCommand(context, options)))
                .addSubcommand(new CommandLine(new AccountCommand())
                        .addSubcommand(new AccountCreateCommand(context, options))
                        .addSubcommand(new AccountListCommand(context, options))
                        .addSubcommand(new AccountDeleteCommand(context, options)))
                .addSubcommand(new CommandLine(new KeyCommand())
                        .addSubcommand(new KeyCreateCommand(context, options))
                        .addSubcommand(new KeyListCommand(context, options))
                        .addSubcommand(new KeyRotateCommand(context, options))
                        .addSubcommand(new KeyRevokeCommand(context, options)))
                .addSubcommand(new CommandLine(new MaskCommand())
                        .addSubcommand(new MaskListCommand(context, options))
                        .addSubcommand(new MaskSetCommand(context, options))
                        .addSubcommand(new MaskDeleteCommand(context, options)))
                .addSubcommand(new CommandLine(new EncryptionCommand())
                        .addSubcommand(new EncryptionStatusCommand(context, options))
                        .addSubcommand(new EncryptionRotateCommand(context, options)))
                .addSubcommand(new CommandLine(new PolicyCommand())
                        .addSubcommand(new PolicyShowCommand(context, options))
                        .addSubcommand(new PolicySetCommand(context, options))
                        .addSubcommand(new PolicyClearCommand(context, options)))
                .addSubcommand(new CommandLine(new SavedCommandCommand())
                        .addSubcommand(new SavedCommandCreateCommand(context, options))
                        .addSubcommand(new SavedCommandListCommand(context, options))
                        .addSubcommand(new SavedCommandShowCommand(context, options))
                        .addSubcommand(new SavedCommandDeleteCommand(context, options)))
                .addSubcommand(new CommandLine(new AuditCommand())
                        .addSubcommand(new AuditListCommand(context, options))
                        .addSubcommand(new AuditExportCommand(context, options))
                        .addSubcommand(new AuditVerifyCommand(context, options)))
                .addSubcommand(new CompletionCommand(context))
                .addSubcommand(new VersionCommand(context));
        Failures failures = new Failures(context);
        // A guest's command is passed on as it is: "@file" in it is not a file of ours.
        return root.setExpandAtFiles(false)
                .setUsageHelpLongOptionsMaxWidth(24)
                .setOut(context.terminal().out())
                .setErr(context.terminal().err())
                .setParameterExceptionHandler(failures::onWrongCommandLine)
                .setExecutionExceptionHandler(failures::onFailure);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    /** What stands in the environment unless an option says otherwise. */
    static String environment(Map<String, String> env, String name, String otherwise) {
        String value = env.getOrDefault(name, "");
        return value.isEmpty() ? otherwise : value;
    }
}
