// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "result",
        description = "Wait for a command that was started earlier, and pass on its output and exit code.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnInvalidInput = GuestResult.EXIT_FAILED,
        exitCodeOnExecutionException = GuestResult.EXIT_FAILED,
        footer = {
            "",
            "A result can be read as often as you like, for as long as the server keeps it.",
            "Exit codes are those of 'bellhop exec'.",
            "",
            "Example:",
            "  bellhop result 10000 4711"
        })
final class ResultCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    @Parameters(
            index = "1",
            paramLabel = "PID",
            converter = Vmid.class,
            description = "The command's pid in the guest.")
    private long pid;

    ResultCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect();
                Farewell farewell = new Farewell(context.terminal(), options.urlOption(), vmid)) {
            farewell.waitingFor(pid);
            return new GuestResult(context, client, options.json(), farewell).await(vmid, pid);
        }
    }
}
