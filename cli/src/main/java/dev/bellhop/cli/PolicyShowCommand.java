// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "show",
        description = "Print the policy of a key or an account, as JSON. Needs the scope admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop policy show --key-id 4b1d7c09e2aa"})
final class PolicyShowCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final PolicyOwner owner = new PolicyOwner();

    @Mixin
    private final ClientOptions options;

    PolicyShowCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            context.terminal().json(owner.choose(client::keyPolicy, client::accountPolicy));
        }
        return 0;
    }
}
