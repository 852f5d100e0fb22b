// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.PolicyDecision;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Stack;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "exec",
        description = "Run a command in a VM and pass on its input, output and exit code.",
        customSynopsis = {
            "bellhop exec [OPTIONS] VMID -- COMMAND...",
            "       bellhop exec [OPTIONS] VMID -- 'SHELL TEXT'",
            "       bellhop exec [OPTIONS] --saved NAME [--param NAME=VALUE]... VMID"
        },
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        exitCodeOnInvalidInput = Outcome.EXIT_FAILED,
        exitCodeOnExecutionException = Outcome.EXIT_FAILED,
        footer = {
            "",
            "One COMMAND argument is text for the guest's shell. Several are a program and its arguments, which it gets"
                    + " exactly as you typed them. Options stand before COMMAND: from its first word on, everything is"
                    + " the guest's.",
            "",
            "Output comes as it is written. Standard input is passed on where it is a pipe or a file, but with -d"
                    + " only if -i is given; in a loop that reads a list, give -n, or the first command eats the list."
                    + " There is no terminal.",
            "",
            "Ctrl-C cancels the command and waits for its end; a second one ends the waiting, and tells what becomes of the"
                    + " command. When bellhop itself is ended, the command runs on: see 'bellhop logs -f'.",
            "",
            "Exit codes: the command's own, or 128 + signal; 124 after --timeout; 125 where some of its output is missing,"
                    + " since it wrote more than is kept; 130 after Ctrl-C; 141 where nobody"
                    + " reads its output any more; 255 where there is none, because the command line is wrong, Bellhop"
                    + " failed, or the command was not started, was cancelled by somebody else, or nobody knows how it"
                    + " ended. Standard error then says why.",
            "",
            "Examples:",
            "  bellhop exec 10000 -- systemctl restart nginx",
            "  bellhop exec 10000 -- 'df -h | sort -k5 && uptime'",
            "  tar c site | bellhop exec --user www --cwd /srv 10000 -- tar x",
            "  id=$(bellhop exec -d --timeout 2h 10000 -- apt-get -y upgrade)",
            "  bellhop exec --saved deploy --param release=4.2 10000"
        })
final class ExecCommand implements Callable<Integer> {

    /** How long to look whether the input is short enough to go with the request. */
    private static final Duration GLANCE = Duration.ofMillis(20);

    private static final int LARGEST_AT_ONCE = 8 << 20;

    private final CliContext context;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Option(
            names = {"-d", "--detach"},
            description = "Do not wait: print the execution's id, for 'bellhop logs' and 'bellhop cancel'.")
    private boolean detach;

    @Option(
            names = {"-i", "--stdin"},
            description = "Pass on standard input also where it is a terminal, or with --detach.")
    private boolean withStdin;

    @Option(
            names = {"-n", "--no-stdin"},
            description = "Pass on no standard input.")
    private boolean withoutStdin;

    @Option(
            names = "--dry-run",
            description = "Run nothing: tell what policy says of it. The exit code is 0 where it is allowed.")
    private boolean dryRun;

    @Option(
            names = "--saved",
            paramLabel = "NAME",
            description = "Run a saved command, in place of COMMAND; see 'bellhop saved-command list'.")
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

    @Mixin
    private final HowToRun how;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            parameterConsumer = AllThatFollows.class,
            description = "What to run. The -- may be left out before one that begins with no dash.")
    private List<String> command = List.of();

    ExecCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.how = new HowToRun(context);
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (withStdin && withoutStdin) {
            throw new CliException("Cannot both pass on standard input and not; give one of -i and -n");
        }
        CreateExecution.Builder request = request();
        try (BellhopClient client = options.connect()) {
            if (dryRun) {
                return tell(client.dryRun(vmid, request.build()));
            }
            // Before the farewell, which says that the command may have been started.
            StdinBuffer input = addInput(request);
            return run(client, request.build(), input);
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
            return how.request(command);
        }
        if (!command.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Give one of --saved and COMMAND");
        }
        return how.saved(CreateExecution.saved(saved).version(savedVersion), parameters);
    }

    private int tell(PolicyDecision decision) {
        if (options.json()) {
            context.terminal().json(decision);
        } else {
            context.terminal().out().println(Printable.line(decision.decision()));
            if (decision.policy() != null) {
                context.terminal()
                        .say("The policy of this " + decision.policy() + " says so"
                                + (decision.rule() == null ? "" : ", by '" + decision.rule() + "'"));
            }
        }
        return decision.decision().equals(PolicyDecision.ALLOWED) ? 0 : Outcome.EXIT_FAILED;
    }

    private int run(BellhopClient client, CreateExecution wanted, @Nullable StdinBuffer input)
            throws InterruptedException {
        try (Farewell farewell = new Farewell(context.terminal(), options.serverOptions(), vmid)) {
            Retries retries = new Retries(context);
            ExecutionStart start = new ExecutionStart(client, retries, context.terminal(), vmid);
            if (detach) {
                return print(start.run(wanted));
            }
            return new AttendedExecution(context, client, retries, farewell, options.json()).run(start, wanted, input);
        }
    }

    private int print(ExecutionView started) {
        if (options.json()) {
            context.terminal().json(started);
        } else {
            context.terminal().out().println(Printable.line(started.id()));
        }
        return 0;
    }

    /** Adds to the request what input there is already; returns what follows, or null for nothing. */
    private @Nullable StdinBuffer addInput(CreateExecution.Builder request) throws InterruptedException {
        Stdin stdin = context.stdin();
        if (withoutStdin || !(withStdin || (!detach && stdin.redirected().getAsBoolean()))) {
            return null;
        }
        try {
            if (detach) {
                add(request, readToTheEnd(stdin));
                return null;
            }
            StdinBuffer buffer = StdinBuffer.of(stdin.bytes());
            byte[] whole = buffer.whole(GLANCE);
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

    private static void add(CreateExecution.Builder request, byte[] bytes) {
        if (bytes.length > 0) {
            request.stdinBase64(Base64.getEncoder().encodeToString(bytes));
        }
    }

    /** Takes what follows for the guest's, also where it looks like an option of ours. */
    static final class AllThatFollows implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> args, ArgSpec command, CommandSpec exec) {
            List<String> words = new ArrayList<>();
            while (!args.isEmpty()) {
                words.add(args.pop());
            }
            command.setValue(words);
        }
    }

    private static byte[] readToTheEnd(Stdin stdin) throws IOException {
        byte[] bytes = stdin.bytes().readNBytes(LARGEST_AT_ONCE + 1);
        if (bytes.length > LARGEST_AT_ONCE) {
            throw new CliException("Cannot pass on more than " + LARGEST_AT_ONCE
                    + " bytes of standard input with --detach; wait for the command, or put the input into the guest"
                    + " first");
        }
        return bytes;
    }
}
