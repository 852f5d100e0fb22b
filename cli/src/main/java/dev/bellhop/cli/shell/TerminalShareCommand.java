// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "share",
        description = "Let somebody look at a terminal that your key has opened.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Prints an invitation. Whoever has it first, within 30 seconds, sees by 'bellhop terminal watch' what is"
                    + " printed, also what was printed before, and cannot type. It needs no key. Pass it on as you would a"
                    + " password, and make one for each who is to look.",
            "",
            "Needs the key that opened the terminal. Where that key is limited to networks, the invitation is good from those"
                    + " alone.",
            "",
            "Examples:",
            "  bellhop terminal share 10000",
            "  bellhop terminal share 10000 019c1379-5a10-7cc3-8d25-6f1f7f3f2c21"
        })
final class TerminalShareCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TERMINAL",
            description = "Its id. Default: the one that your key has open in the VM.")
    private @Nullable String id;

    TerminalShareCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        String shared = id == null ? onlyOne(client, vmid) : id;
        TerminalTicket ticket = client.terminals().ticket(vmid, shared, true);
        return print(ticket, () -> {
            terminal.printLine(new Invitation(vmid, shared, ticket.ticket()).word());
            terminal.say("for one to look, until " + ticket.expiresAt().truncatedTo(ChronoUnit.SECONDS)
                    + ": bellhop terminal watch");
        });
    }

    private String onlyOne(BellhopClient client, long vmid) throws InterruptedException {
        String key = options.keyId().orElse("");
        List<String> open = client.terminals().list(vmid).items().stream()
                .filter(each -> each.endedAt() == null && each.keyId().equals(key))
                .map(TerminalView::id)
                .toList();
        return switch (open.size()) {
            case 1 -> open.getFirst();
            case 0 -> throw new CliException("Cannot find a terminal that your key has open in VM " + vmid);
            default ->
                throw new CliException("Cannot tell which terminal is meant because your key has " + open.size()
                        + " open in VM " + vmid + "; name one that 'bellhop terminal list " + vmid + "' shows");
        };
    }
}
