// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "signal",
        description = "Send a signal to commands and their children.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Does not wait: a command may handle the signal or ignore it. 'bellhop cancel' ends a command for sure.",
            "",
            "Exit codes: 0 the signal was sent to all of them, 1 not to all.",
            "",
            "Example:",
            "  bellhop signal HUP @last"
        })
final class SignalCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "SIGNAL", description = "Its name, such as HUP, USR1 or SIGTERM.")
    private String signal = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "ID", description = ExecutionIds.HELP)
    private List<String> given = List.of();

    SignalCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        String name = signal.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
        List<ExecutionView> reached = new ArrayList<>();
        List<String> ids = new ExecutionIds(client, options).findAll(given);
        for (String id : ids) {
            try {
                reached.add(client.executions().signal(id, name));
            } catch (BellhopApiException e) {
                terminal.say(id + ": " + e.getMessage());
            }
        }
        print(new Page<>(reached, null), () -> {});
        return reached.size() == ids.size() ? ExitCodes.OK : ExitCodes.FAILED;
    }
}
