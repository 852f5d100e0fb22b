// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Print everything about commands but their output, as JSON.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "One ID prints one object, several print {\"items\": [...]}.",
            "",
            "Examples:",
            "  bellhop inspect @last",
            "  bellhop inspect @last | jq .exitCode"
        })
final class InspectCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "ID", description = ExecutionIds.HELP)
    private List<String> given = List.of();

    InspectCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        List<ExecutionView> found = new ArrayList<>();
        for (String id : new ExecutionIds(client, options).findAll(given)) {
            found.add(client.executions().get(id, Duration.ZERO));
        }
        terminal.json(found.size() == 1 ? found.getFirst() : new Page<>(found, null));
        return ExitCodes.OK;
    }
}
