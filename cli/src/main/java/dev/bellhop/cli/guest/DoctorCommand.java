// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.guest.ServerCheckupView;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "doctor",
        description = "See what is amiss: with the server and the key, or with a VM and its guest.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Without a VM it says what the key may do, and whether each VM runs commands. With one it says what to change.",
            "",
            "Exit codes: 0 nothing failed, though there may be warnings; 1 something failed.",
            "",
            "Examples:",
            "  bellhop doctor",
            "  bellhop doctor 10000",
            "  bellhop doctor 10000 --json | jq '.checks[] | .advice // empty'"
        })
final class DoctorCommand extends ClientCommand {

    @Option(names = "--all", description = "Show each check, with those that found nothing amiss.")
    private boolean all;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = "The VM: its vmid or its name. Default: the server, the key and all VMs.")
    private @Nullable VmArgument vm;

    DoctorCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    /** What --output json prints without a VM. */
    record Overview(ServerCheckupView server, List<VmSummary> vms) {}

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return vm == null ? overview(client) : examine(client, vm.vmid(client));
    }

    private int examine(BellhopClient client, long vmid) throws InterruptedException {
        CheckupView checkup = client.vms().checkup(vmid);
        print(checkup, () -> new CheckupFormat(terminal).print(checkup, all));
        return checkup.status().equals("failed") ? ExitCodes.FAILED : ExitCodes.OK;
    }

    private int overview(BellhopClient client) throws InterruptedException {
        ServerCheckupView server = client.server().checkup();
        Page<VmSummary> vms = Paging.all(client.vms()::list);
        print(new Overview(server, vms.items()), () -> {
            terminal.printLine(
                    "server  ok: it answers" + (server.version() == null ? "" : ", version " + server.version()));
            terminal.printLine("key     ok: " + server.keyName() + " (" + server.keyId() + ") may "
                    + String.join(", ", server.scopes()));
            if (vms.items().isEmpty()) {
                terminal.say("This key sees no VM");
                return;
            }
            Table table = new Table("VM", "NAME", "STATUS", "COMMANDS").optional("NAME");
            vms.items()
                    .forEach(each -> table.row(
                            String.valueOf(each.vmid()), VmArgument.cell(each.name()), each.status(), commands(each)));
            table.print(terminal);
        });
        return vms.items().stream().anyMatch(DoctorCommand::isFailed) ? ExitCodes.FAILED : ExitCodes.OK;
    }

    private static String commands(VmSummary vm) {
        VmAgent agent = vm.agent();
        return agent == null
                ? "not asked lately"
                : agent.available() ? "run" : agent.availability().replace('_', ' ');
    }

    /** A VM that is off is as somebody wants it. */
    private static boolean isFailed(VmSummary vm) {
        VmAgent agent = vm.agent();
        return vm.status().equals("running") && agent != null && !agent.available();
    }
}
