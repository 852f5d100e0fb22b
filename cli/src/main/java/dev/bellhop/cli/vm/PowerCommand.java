// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.ShutdownNotice;
import dev.bellhop.cli.command.VmArgument;
import java.util.UUID;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Starts an operation that switches a VM on or off, and waits for its end. Progress goes to standard error. Ctrl-C only
 * stops the waiting.
 */
abstract class PowerCommand extends ClientCommand {

    private final String action;

    /** What to say if a signal ends the waiting. */
    private volatile String notice = "Stopped before the server answered, so whether this was begun cannot be told";

    @Option(
            names = "--no-wait",
            description = "Print the operation's id and do not wait; see 'bellhop operation wait'.")
    private boolean noWait;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    PowerCommand(CliContext context, ClientOptions global, String action) {
        super(context, global);
        this.action = action;
    }

    /** How the guest is shut down, for actions that do that. */
    PowerOptions powerOptions() {
        return new PowerOptions(null, null);
    }

    @Override
    protected final int run(BellhopClient client) throws InterruptedException {
        try (ShutdownNotice _ = new ShutdownNotice(terminal, () -> notice)) {
            Retries retries = new Retries(context);
            long vmid = retries.run(() -> vm.vmid(client));
            // The same key each time, so that a retry does not start a second operation.
            String idempotencyKey = UUID.randomUUID().toString();
            OperationView started =
                    retries.run(() -> client.operations().begin(vmid, action, powerOptions(), idempotencyKey));
            notice = "Stopped waiting; the " + action + " of VM " + vmid
                    + " goes on. While it does, the same command again waits for it";
            if (noWait) {
                return print(started, () -> terminal.printLine(started.id()));
            }
            OperationView ended = await(client, retries, started);
            print(ended, () -> terminal.say(ended.progressMessage()));
            return ended.state().equals("completed") ? ExitCodes.OK : ExitCodes.FAILED;
        }
    }

    private OperationView await(BellhopClient client, Retries retries, OperationView started)
            throws InterruptedException {
        try {
            return new OperationFollower(client, retries, terminal, options.json()).follow(started, null);
        } catch (BellhopClientException e) {
            throw new CliException(ErrorMessages.of(e) + "\n" + notice);
        }
    }
}
