// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.NameValue;
import dev.bellhop.cli.command.SlowWay;
import dev.bellhop.cli.command.TrailingWords;
import dev.bellhop.cli.command.VmArgument;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "shell",
        description = "Sit at a shell in a VM, or at another command that needs a terminal.",
        customSynopsis = "bellhop shell [OPTIONS] VM [--] [COMMAND…]",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Each key goes to the guest, Ctrl-C among them. At the beginning of a line, '~.' hangs up and '~?' lists what"
                    + " else there is. A lost connection is made anew, and what was missed is shown.",
            "",
            "A terminal may be recorded, which is said at its start; see 'bellhop recording'.",
            "",
            "Needs a key with the scope terminal:vm, and perl or python3 in the guest.",
            "",
            "Exit codes: that of the guest's command; 128 and the signal's number where one ended it, 255 where nobody"
                    + " knows.",
            "",
            "Examples:",
            "  bellhop shell 10000",
            "  bellhop shell --user deploy web",
            "  bellhop shell 10000 -- top"
        })
final class ShellCommand extends ClientCommand {
    private static final int COLS = 80;
    private static final int ROWS = 24;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "Who you are in the guest. Default: root.")
    private @Nullable String user;

    @Option(
            names = "--cwd",
            paramLabel = "DIR",
            description = "Begin in this directory of the guest. Default: the home.")
    private @Nullable String cwd;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "Set a variable. Repeatable. TERM is that of this terminal.")
    private List<NameValue> env = List.of();

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            parameterConsumer = TrailingWords.class,
            description = "What to run in place of the login shell: one text for a shell, or a program with arguments.")
    private List<String> command = List.of();

    ShellCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (context.stdin().redirected().getAsBoolean()) {
            throw noTerminal();
        }
        try (OwnTerminal own = OwnTerminal.ofProcess().orElseThrow(ShellCommand::noTerminal)) {
            long vmid = vm.vmid(client);
            OwnTerminal.Size size = OwnTerminal.size().orElse(new OwnTerminal.Size(COLS, ROWS));
            TerminalView opened = client.terminals().open(vmid, wanted(size));
            if (opened.recorded()) {
                terminal.say("this terminal is recorded"
                        + (opened.inputRecorded() ? ", what you type too" : ", what it prints and not what you type"));
            }
            if (SlowWay.is(opened.transport())) {
                terminal.say(SlowWay.sentence(opened.transportReason(), vmid));
            }
            // Not before, as Ctrl-C ends no process whose terminal is raw.
            makeRaw(own, client, opened);
            return new ShellSession(context, client, opened)
                    .run(Objects.requireNonNull(opened.ticket(), "the server sent no ticket"));
        }
    }

    private static CliException noTerminal() {
        return new CliException("Cannot open a terminal because standard input is none; use 'bellhop exec' in scripts");
    }

    private static void makeRaw(OwnTerminal own, BellhopClient client, TerminalView opened)
            throws InterruptedException {
        try {
            own.makeRaw();
        } catch (CliException e) {
            try {
                client.terminals().close(opened.vmid(), opened.id());
            } catch (BellhopClientException unclosed) {
                // It ends within a minute, as nobody comes to it.
            }
            throw e;
        }
    }

    private CreateTerminal wanted(OwnTerminal.Size size) {
        Map<String, String> variables = new HashMap<>();
        Optional.of(context.env("TERM", ""))
                .filter(term -> !term.isEmpty())
                .ifPresent(term -> variables.put("TERM", term));
        variables.putAll(NameValue.map(env));
        return new CreateTerminal(
                size.cols(),
                size.rows(),
                user,
                command.size() == 1 ? command.getFirst() : null,
                command.size() > 1 ? command : null,
                variables,
                cwd);
    }
}
