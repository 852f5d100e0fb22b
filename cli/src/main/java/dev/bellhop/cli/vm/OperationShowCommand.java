// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Table;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show an operation on a VM. Needs the scope read:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop operation show $(bellhop vm restart 10000 --no-wait)"})
final class OperationShowCommand extends ClientCommand {

    @Parameters(paramLabel = "ID", description = "The operation's id, from 'bellhop operation list'.")
    private String id = "";

    OperationShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        OperationView operation = client.operations().get(id, Duration.ZERO);
        return print(operation, () -> {
            Table page = new Table("Operation", operation.id());
            page.row("VM", String.valueOf(operation.vmid()));
            page.row("Action", operation.action());
            page.row("State", operation.state() + (operation.ended() ? "" : " (" + operation.progress() + " %)"));
            page.row("Message", operation.progressMessage());
            page.row("Created", Json.timestamp(operation.createdAt()));
            if (operation.finishedAt() != null) {
                page.row("Finished", Json.timestamp(operation.finishedAt()));
            }
            page.row("Key", operation.keyId());
            page.print(terminal);
        });
    }
}
