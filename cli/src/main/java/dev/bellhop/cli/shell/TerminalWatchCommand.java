// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.InterruptHandler;
import dev.bellhop.cli.command.VmArgument;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "watch",
        description = "Look at a terminal in which somebody else types.",
        customSynopsis = {
            "bellhop terminal watch [OPTIONS] [INVITATION]",
            "bellhop terminal watch [OPTIONS] VM TERMINAL"
        },
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Shows what was printed, up to 1 MiB, and what is printed from then on. What you type goes nowhere. '~.' leaves,"
                    + " as Ctrl-C does; the terminal goes on. Make yours as large as the other one. Into a file or a pipe it"
                    + " prints as well; then Ctrl-C alone leaves.",
            "",
            "With an invitation of 'bellhop terminal share' you need no key. Without arguments it is asked for, so that other"
                    + " users of your machine do not see it. VM and TERMINAL are for the key that opened it.",
            "",
            "Exit codes: 0 once the terminal has ended, or you left; 255 if the connection is lost.",
            "",
            "Examples:",
            "  bellhop terminal watch",
            "  bellhop terminal watch 10000 019c1379-5a10-7cc3-8d25-6f1f7f3f2c21"
        })
final class TerminalWatchCommand extends ClientCommand {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INVITATION",
            description = "What 'bellhop terminal share' has printed; or the VM.")
    private @Nullable String first;

    @Parameters(index = "1", arity = "0..1", paramLabel = "TERMINAL", description = "The id of the terminal.")
    private @Nullable String id;

    TerminalWatchCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected BellhopClient connect() {
        return id == null ? options.connectWithoutKey() : super.connect();
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (id == null || first == null) {
            Invitation invitation = Invitation.parse(first == null ? asked() : first)
                    .orElseThrow(() -> new CliException("Cannot look at a terminal because this is no invitation; it is"
                            + " what 'bellhop terminal share' prints, as VM/TERMINAL/TICKET"));
            return lookInvited(client, invitation);
        }
        long vmid = vm(first).vmid(client);
        TerminalTicket ticket = client.terminals().ticket(vmid, id, true);
        return look(client, new Reentry(client, vmid, id, true), ticket);
    }

    private int lookInvited(BellhopClient client, Invitation invitation) throws InterruptedException {
        try {
            return look(client, null, invitation.toEnter(context.clock().instant()));
        } catch (BellhopTransportException e) {
            throw e.kind() == BellhopTransportException.Kind.TICKET_REFUSED
                    ? new CliException(
                            "Cannot look at this terminal because the invitation is used, older than 30 s, or"
                                    + " not good from your address; ask for another")
                    : e;
        }
    }

    private static VmArgument vm(String text) {
        try {
            return new VmArgument.Converter().convert(text);
        } catch (TypeConversionException e) {
            throw new CliException("Cannot look at a terminal of this VM because " + e.getMessage());
        }
    }

    /**
     * A terminal that shows what a guest prints has to be raw, wherever standard input comes from: the guest may ask it something, and what
     * it answers would be typed into the shell that comes after.
     */
    private int look(BellhopClient client, @Nullable Reentry reentry, TerminalTicket ticket)
            throws InterruptedException {
        if (!terminal.isTerminal()) {
            WatchSession session = new WatchSession(context, client, reentry, null);
            try (InterruptHandler ctrlC = new InterruptHandler(session::leave)) {
                ctrlC.awaitInstalled();
                return session.run(ticket);
            }
        }
        try (OwnTerminal own = OwnTerminal.ofProcess().orElseThrow(TerminalWatchCommand::noKeys)) {
            InputStream keys = own.keys();
            terminal.say("you look on, and cannot type; ~. leaves");
            own.makeRaw();
            return new WatchSession(context, client, reentry, keys).run(ticket);
        }
    }

    private static CliException noKeys() {
        return new CliException("Cannot look at a terminal because standard output is a terminal where this process"
                + " cannot read keys; pass on the output through a pipe, as to cat");
    }

    /** Byte by byte: what follows is for the one who looks. */
    private String asked() {
        terminal.err().print("Invitation: ");
        terminal.err().flush();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = context.stdin().bytes();
        try {
            for (int next = in.read();
                    next >= 0 && next != '\n' && line.size() < Invitation.MAX_LENGTH;
                    next = in.read()) {
                line.write(next);
            }
        } catch (IOException e) {
            throw new CliException("Cannot read the invitation from standard input");
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
