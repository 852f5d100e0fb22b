// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.PositiveNumberConverter;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Table;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List the operations on a VM, newest first. Needs the scope read:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop operation list 10000"})
final class OperationListCommand extends ClientCommand {

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = PositiveNumberConverter.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    @Parameters(paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    OperationListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        return printList(
                Paging.first(limit, (size, cursor) -> client.operations().list(vmid, size, cursor)),
                "There are no operations on VM " + vmid,
                new Table("ID", "ACTION", "STATE", "CREATED"),
                (table, operation) -> table.row(
                        operation.id(),
                        operation.action(),
                        operation.state(),
                        operation.createdAt().truncatedTo(ChronoUnit.SECONDS).toString()));
    }
}
