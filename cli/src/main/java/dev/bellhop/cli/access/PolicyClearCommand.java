// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.PolicyClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "clear",
        description =
                "Remove the policy of a key or an account, so that it may run anything. Needs the scope admin:account"
                        + " or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop policy clear --key-id 4b1d7c09e2aa"})
final class PolicyClearCommand extends ClientCommand {

    @Mixin
    private final PolicyOwner owner = new PolicyOwner();

    @Mixin
    private final PolicyTag etag = new PolicyTag();

    PolicyClearCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        PolicyClient there = owner.policy(client);
        if (etag.given() == null) {
            there.clear();
        } else {
            there.clear(etag.given());
        }
        terminal.say("Cleared the policy of " + owner);
        return 0;
    }
}
