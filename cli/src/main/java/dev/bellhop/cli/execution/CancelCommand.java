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
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.SecondsConverter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description = "End commands with all their children, and wait until they have ended.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Sends TERM, and KILL to what is left after --grace. Cancels all of them first, then waits. Ctrl-C ends only"
                    + " the waiting.",
            "",
            "Exit codes: 0 none of them runs any more, even if one had ended before; 1 otherwise.",
            "",
            "Example:",
            "  bellhop cancel @last"
        })
final class CancelCommand extends ClientCommand {

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long they have after TERM, such as 30s; 0 for KILL at once. Default: 10s.")
    private @Nullable Integer grace;

    @Parameters(arity = "1..*", paramLabel = "ID", description = ExecutionIds.HELP)
    private List<String> given = List.of();

    CancelCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        List<ExecutionView> ends = new ArrayList<>();
        Map<String, Boolean> asked = new LinkedHashMap<>();
        boolean failed = false;
        Retries retries = new Retries(context);
        for (String id : new ExecutionIds(client, options).findAll(given)) {
            try {
                asked.put(id, ask(client, id));
            } catch (BellhopApiException e) {
                terminal.say(id + ": " + e.getMessage());
                failed = true;
            }
        }
        for (Map.Entry<String, Boolean> each : asked.entrySet()) {
            ExecutionView end = awaitEnd(client, retries, each.getKey());
            ends.add(end);
            failed |= end.state().equals("lost");
            if (!options.json()) {
                terminal.say(each.getKey() + ": " + (each.getValue() ? "" : "had ended before: ")
                        + ExecutionFormat.state(end));
            }
        }
        print(new Page<>(ends, null), () -> {});
        return failed ? ExitCodes.FAILED : ExitCodes.OK;
    }

    /** Asks for the end of one; false if it had ended before. */
    private boolean ask(BellhopClient client, String id) throws InterruptedException {
        try {
            client.executions().cancel(id, grace);
            return true;
        } catch (BellhopApiException e) {
            if (e.code().filter("execution_ended"::equals).isEmpty()) {
                throw e;
            }
            return false;
        }
    }

    private static ExecutionView awaitEnd(BellhopClient client, Retries retries, String id)
            throws InterruptedException {
        while (true) {
            ExecutionView execution = retries.run(() -> client.executions().get(id, BellhopClient.MAX_WAIT));
            if (execution.ended()) {
                return execution;
            }
        }
    }
}
