// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "assign",
        description = "Give a VM to an account, whoever had it before. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "What its former owner has started in it is seen by neither of the two. The VM need not be there yet.",
            "",
            "Example:",
            "  bellhop vm assign 10000 0c5d2e9f7a41"
        })
final class VmAssignCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    @Parameters(
            index = "1",
            paramLabel = "ACCOUNT",
            description = "The id of the account, from 'bellhop account list'.")
    private String account = "";

    VmAssignCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            client.assignVm(vmid, account);
        }
        context.terminal().say("Assigned VM " + vmid + " to account " + account);
        return 0;
    }
}
