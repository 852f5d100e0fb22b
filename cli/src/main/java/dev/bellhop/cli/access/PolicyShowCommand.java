// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.Tagged;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "show",
        description =
                "Print the policy of a key or an account, as JSON, and its ETag on standard error. Needs the scope"
                        + " admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop policy show --key-id 4b1d7c09e2aa"})
final class PolicyShowCommand extends ClientCommand {

    @Mixin
    private final PolicyOwner owner = new PolicyOwner();

    PolicyShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Tagged<PolicyDocument> policy = owner.policy(client).read();
        terminal.json(policy.value());
        terminal.say("ETag: " + PolicyTag.unquoted(policy.etag()));
        return 0;
    }
}
