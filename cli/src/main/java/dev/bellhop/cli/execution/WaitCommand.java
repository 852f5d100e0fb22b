// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.SecondsConverter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "wait",
        description = "Wait until commands have ended.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnInvalidInput = ExitCodes.ERROR,
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "Prints no output: 'bellhop logs -f' does. Ctrl-C ends the waiting, not the commands.",
            "",
            "Exit codes: of one command its own, as 'bellhop exec' passes it on; of several 0 if all of them"
                    + " exited with 0, and 1 otherwise. 124 when the time of --timeout is up.",
            "",
            "Examples:",
            "  bellhop wait @last",
            "  bellhop wait --timeout 10m $(bellhop ps --quiet --label job=nightly)"
        })
final class WaitCommand extends ClientCommand {

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long to wait, such as 30s or 10m. Default: as long as it takes.")
    private @Nullable Integer timeout;

    @Parameters(arity = "1..*", paramLabel = "ID", description = ExecutionIds.HELP)
    private List<String> given = List.of();

    WaitCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long begun = System.nanoTime();
        Retries retries = new Retries(context);
        List<ExecutionView> found = new ArrayList<>();
        for (String id : new ExecutionIds(client, options).findAll(given)) {
            found.add(await(client, retries, id, begun));
        }
        print(found.size() == 1 ? found.getFirst() : new Page<>(found, null), () -> {
            if (found.size() > 1) {
                found.forEach(execution -> terminal.say(execution.id() + ": " + ExecutionFormat.state(execution)));
            }
        });
        if (!found.stream().allMatch(ExecutionView::ended)) {
            terminal.say("Stopped waiting after " + timeout + " s; not all of them have ended");
            return ExitCodes.TIMED_OUT;
        }
        if (found.size() == 1) {
            return new ExitStatus(terminal).report(found.getFirst());
        }
        return found.stream().allMatch(WaitCommand::isSuccess) ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static boolean isSuccess(ExecutionView execution) {
        Integer code = execution.exitCode();
        return execution.state().equals("exited") && code != null && code == 0;
    }

    /** The execution as it ended, or as it is when the time is up. */
    private ExecutionView await(BellhopClient client, Retries retries, String id, long begun)
            throws InterruptedException {
        while (true) {
            Duration left = timeout == null
                    ? BellhopClient.MAX_WAIT
                    : Duration.ofSeconds(timeout).minusNanos(System.nanoTime() - begun);
            Duration wait = left.isNegative()
                    ? Duration.ZERO
                    : left.compareTo(BellhopClient.MAX_WAIT) > 0 ? BellhopClient.MAX_WAIT : left;
            ExecutionView execution = retries.run(() -> client.executions().get(id, wait));
            if (execution.ended() || !left.isPositive()) {
                return execution;
            }
        }
    }
}
