// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "clear",
        description =
                "Take the policy of a key or an account away, so that all may be run. Needs the scope admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop policy clear --key-id 4b1d7c09e2aa"})
final class PolicyClearCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final PolicyOwner owner = new PolicyOwner();

    @Mixin
    private final ClientOptions options;

    PolicyClearCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            owner.choose(
                    id -> {
                        client.clearKeyPolicy(id);
                        return id;
                    },
                    id -> {
                        client.clearAccountPolicy(id);
                        return id;
                    });
            context.terminal().say("Cleared the policy of " + owner);
        }
        return 0;
    }
}
