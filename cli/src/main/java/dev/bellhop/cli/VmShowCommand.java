// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.AgentView;
import dev.bellhop.api.v2.VmSummary;
import dev.bellhop.api.v2.VmUsageView;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a VM: what it does and uses, and what its guest tells of itself.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  bellhop vm show 10000",
            "  bellhop vm show 10000 --output json | jq '.agent.interfaces[].addresses[].address'"
        })
final class VmShowCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    VmShowCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    /** All that is known of a VM, as JSON. */
    record Shown(VmSummary vm, VmUsageView usage, AgentView agent) {}

    @Override
    public Integer call() throws InterruptedException {
        Shown shown;
        try (BellhopClient client = options.connect()) {
            // The agent first, so that what it tells is in the rest.
            AgentView agent = client.agent(vmid);
            shown = new Shown(client.vm(vmid), client.usage(vmid), agent);
        }
        if (options.json()) {
            context.terminal().json(shown);
        } else {
            VmText.page(shown).print(context.terminal().out());
        }
        return 0;
    }
}
