// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.SecondsConverter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "wait",
        description = "Wait until an operation on a VM has ended. Needs the scope read:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Ctrl-C ends the waiting, not the operation.",
            "",
            "Exit codes: 0 the operation is completed; 1 it failed, and standard error says why; 124 the time of"
                    + " --timeout is up.",
            "",
            "Example:",
            "  bellhop operation wait $(bellhop vm restart 10000 --no-wait)"
        })
final class OperationWaitCommand extends ClientCommand {

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long to wait, such as 30s or 10m. Default: as long as it takes.")
    private @Nullable Integer timeout;

    @Parameters(paramLabel = "ID", description = "The operation's id, from 'bellhop operation list'.")
    private String id = "";

    OperationWaitCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Retries retries = new Retries(context);
        OperationView started = retries.run(() -> client.operations().get(id, Duration.ZERO));
        OperationView end = new OperationFollower(client, retries, terminal, options.json())
                .follow(started, timeout == null ? null : Duration.ofSeconds(timeout));
        print(end, () -> terminal.say(end.progressMessage()));
        if (!end.ended()) {
            terminal.say("Stopped waiting after " + timeout + " s; the operation goes on");
            return ExitCodes.TIMED_OUT;
        }
        return end.state().equals("completed") ? ExitCodes.OK : ExitCodes.FAILED;
    }
}
