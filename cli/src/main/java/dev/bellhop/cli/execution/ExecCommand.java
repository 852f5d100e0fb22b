// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.NameValue;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.TrailingWords;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.ShellWords;
import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "exec",
        description = "Run a command in a VM and pass on its input, output and exit code.",
        customSynopsis = {
            "bellhop exec [OPTIONS] VM -- COMMAND...",
            "       bellhop exec [OPTIONS] VM -- 'SHELL TEXT'",
            "       bellhop exec [OPTIONS] --saved NAME [--param NAME=VALUE]... VM"
        },
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        addMethodSubcommands = false, // Or picocli looks through all methods, which takes longer than it may.
        exitCodeOnInvalidInput = ExitCodes.ERROR,
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "One COMMAND argument is text for the guest's shell. Several are a program and its arguments, passed on"
                    + " exactly as you typed them. Give options before COMMAND: from its first word on, everything is the"
                    + " guest's.",
            "",
            "Prints output as the command writes it. Passes on standard input if it is a pipe or a file; with -d only if"
                    + " you give -i. In a loop that reads a list, give -n, or the first command reads the rest of the list."
                    + " The command has no terminal.",
            "",
            "Ctrl-C cancels the command and waits for its end; a second Ctrl-C ends the waiting and says what becomes of"
                    + " the command. If bellhop itself is ended, the command goes on: see 'bellhop logs -f'.",
            "",
            "Exit codes: the command's own, or 128 + signal; 124 after --timeout; 125 if output is missing, because the"
                    + " command wrote more than the server keeps; 130 after Ctrl-C; 141 if nobody reads its output any"
                    + " more; 255 if there is none: the command line is wrong, Bellhop failed, or the command was not"
                    + " started, was cancelled by somebody else, or nobody knows how it ended. Standard error then says"
                    + " why.",
            "",
            "Examples:",
            "  bellhop exec 10000 -- systemctl restart nginx",
            "  bellhop exec 10000 -- 'df -h | sort -k5 && uptime'",
            "  tar c site | bellhop exec --user www --cwd /srv 10000 -- tar x",
            "  id=$(bellhop exec -d --timeout 2h 10000 -- apt-get -y upgrade)",
            "  bellhop exec --saved deploy --param release=4.2 10000"
        })
final class ExecCommand implements Callable<Integer> {

    /** How long to wait for the end of stdin, which goes with the request if it is short. */
    private static final Duration STDIN_PEEK_TIMEOUT = Duration.ofMillis(20);

    private static final Set<String> SHELLS =
            Set.of("sh", "ash", "bash", "dash", "zsh", "/bin/sh", "/bin/bash", "python", "python3", "cat");

    /** As the server takes it. */
    private static final String IDEMPOTENCY_KEY = "[!-~]{1,255}";

    private static final int MAX_DETACHED_STDIN_BYTES = 8 << 20;

    private final CliContext context;
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Option(
            names = {"-d", "--detach"},
            description = "Do not wait: print the execution's id, for 'bellhop logs' and 'bellhop cancel'.")
    private boolean detach;

    @Option(
            names = {"-i", "--stdin"},
            description = "Pass on standard input even from a terminal, or with --detach.")
    private boolean withStdin;

    @Option(
            names = {"-n", "--no-stdin"},
            description = "Pass on no standard input.")
    private boolean withoutStdin;

    @Option(names = "--stdin-later", description = "With -d: leave standard input open, for 'bellhop stdin' to send.")
    private boolean stdinLater;

    @Option(names = "--dry-run", description = "Run nothing: say whether policy allows it. Exit code 0 if it does.")
    private boolean dryRun;

    @Option(
            names = "--saved",
            paramLabel = "NAME",
            description = "Run a saved command instead of COMMAND; see 'bellhop saved-command list'.")
    private @Nullable String saved;

    @Option(
            names = "--saved-version",
            paramLabel = "NUMBER",
            description = "Which version of the saved command. Default: the newest.")
    private @Nullable Integer savedVersion;

    @Option(
            names = {"-p", "--param"},
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "A parameter of the saved command. Repeatable.")
    private List<NameValue> parameters = List.of();

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description =
                    "Your own name for this start: the same key again starts nothing and gives the same execution."
                            + " Default: a new one each time.")
    private @Nullable String idempotencyKey;

    @Option(
            names = {"-t", "--tty"},
            hidden = true)
    private boolean tty;

    @Mixin
    private final ExecOptions execOptions;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            parameterConsumer = TrailingWords.class,
            description = "What to run. You may leave out the -- if it does not begin with a dash.")
    private List<String> command = List.of();

    ExecCommand(CliContext context, ClientOptions global) {
        this.context = context;
        this.terminal = context.terminal();
        this.execOptions = new ExecOptions(context);
        this.options = new ClientOptions(context, global);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (stdinLater && (!detach || withStdin || withoutStdin)) {
            throw new CliException(
                    "Cannot leave standard input open for later: --stdin-later needs -d, without -i or -n");
        }
        if (withStdin && withoutStdin) {
            throw new CliException("Cannot both pass on standard input and not; give one of -i and -n");
        }
        if (idempotencyKey != null && !idempotencyKey.matches(IDEMPOTENCY_KEY)) {
            throw new CliException(
                    "Cannot use that idempotency key because it is not 1 to 255 visible ASCII characters");
        }
        if (tty) {
            throw new ParameterException(
                    spec.commandLine(),
                    "There is no terminal for a command, so there is no option -t; give -i alone to pass on standard"
                            + " input, and use 'bellhop shell' for a command that needs a terminal");
        }
        CreateExecution.Builder request = request();
        warnOfEmptyStdin();
        try (BellhopClient client = options.connect()) {
            Retries retries = new Retries(context);
            long vmid = retries.run(() -> vm.vmid(client));
            if (dryRun) {
                return report(client.executions().dryRun(vmid, request.build()));
            }
            // Before the notice, which says that the command may have been started.
            StdinBuffer stdin = addStdin(request);
            return run(client, retries, vmid, request.build(), stdin);
        }
    }

    private CreateExecution.Builder request() {
        if (saved == null) {
            if (command.isEmpty()) {
                throw new ParameterException(spec.commandLine(), "Missing required parameter: 'COMMAND'");
            }
            if (savedVersion != null || !parameters.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "Give --saved with --saved-version and --param, or leave them out");
            }
            return execOptions.request(command);
        }
        if (!command.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Give one of --saved and COMMAND");
        }
        return execOptions.saved(CreateExecution.saved(saved).version(savedVersion), parameters);
    }

    private int report(PolicyDecision decision) {
        if (options.json()) {
            terminal.json(decision);
        } else {
            terminal.printLine(decision.decision());
            if (decision.policy() != null) {
                terminal.say("The policy of this " + decision.policy() + " says so"
                        + (decision.rule() == null ? "" : ", by '" + decision.rule() + "'"));
            }
        }
        return decision.decision().equals(PolicyDecision.ALLOWED) ? 0 : ExitCodes.ERROR;
    }

    private int run(
            BellhopClient client, Retries retries, long vmid, CreateExecution request, @Nullable StdinBuffer stdin)
            throws InterruptedException {
        try (DetachNotice notice = new DetachNotice(terminal, options.serverOptions(), vmid)) {
            IdempotentStart start =
                    new IdempotentStart(client, retries, terminal, options.serverOptions(), vmid, idempotencyKey);
            if (detach) {
                return print(start.run(request));
            }
            return new AttachedExecution(context, client, retries, notice, options.json()).run(start, request, stdin);
        }
    }

    private int print(ExecutionView started) {
        if (options.json()) {
            terminal.json(started);
        } else {
            terminal.out().println(Printable.line(started.id()));
        }
        return 0;
    }

    /** Adds short stdin to the request; returns the rest that is to follow, or null for nothing. */
    private @Nullable StdinBuffer addStdin(CreateExecution.Builder request) throws InterruptedException {
        Stdin stdin = context.stdin();
        if (stdinLater) {
            request.stdinFollows();
            return null;
        }
        if (withoutStdin || !(withStdin || (!detach && stdin.redirected().getAsBoolean()))) {
            return null;
        }
        try {
            if (detach) {
                add(request, readToTheEnd(stdin));
                return null;
            }
            StdinBuffer buffer = StdinBuffer.of(stdin.bytes());
            byte[] whole = buffer.whole(STDIN_PEEK_TIMEOUT);
            if (whole == null) {
                request.stdinFollows();
                return buffer;
            }
            add(request, whole);
            return null;
        } catch (IOException e) {
            throw new CliException("Cannot read standard input: " + e.getMessage() + "; give -n to pass on none");
        }
    }

    /** A shell without a command reads one from stdin, and ends at once where that is empty. */
    private void warnOfEmptyStdin() {
        if (command.size() == 1
                && SHELLS.contains(command.getFirst())
                && !withStdin
                && !withoutStdin
                && !context.stdin().redirected().getAsBoolean()) {
            terminal.say("'" + command.getFirst() + "' gets no input from this terminal, so it ends at once; give the"
                    + " commands in its place, as in 'bellhop exec " + ShellWords.join(List.of(vm.text()))
                    + " -- \"uptime; df\"', or -i to type them");
        }
    }

    private static void add(CreateExecution.Builder request, byte[] bytes) {
        if (bytes.length > 0) {
            request.stdinBase64(Base64.getEncoder().encodeToString(bytes));
        }
    }

    private static byte[] readToTheEnd(Stdin stdin) throws IOException {
        byte[] bytes = stdin.bytes().readNBytes(MAX_DETACHED_STDIN_BYTES + 1);
        if (bytes.length > MAX_DETACHED_STDIN_BYTES) {
            throw new CliException("Cannot pass on more than " + MAX_DETACHED_STDIN_BYTES
                    + " bytes of standard input with --detach; wait for the command, or put the input into the guest"
                    + " first");
        }
        return bytes;
    }
}
