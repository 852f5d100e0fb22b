// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.PowerOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands have in common that switch a VM on or off. */
abstract class PowerCommand implements Callable<Integer> {

    private final CliContext context;
    private final String action;

    @Option(
            names = "--no-wait",
            description = "Print the id of the operation once it is stored, and do not wait for its end.")
    private boolean noWait;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    PowerCommand(CliContext context, ClientOptions before, String action) {
        this.context = context;
        this.options = new ClientOptions(context, before);
        this.action = action;
    }

    /** What the guest is granted, where it is asked. */
    PowerOptions powerOptions() {
        return new PowerOptions(null, null);
    }

    @Override
    public final Integer call() throws InterruptedException {
        return new AttendedOperation(context, options).run(vmid, action, powerOptions(), !noWait);
    }
}
