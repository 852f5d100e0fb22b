// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.PolicyClient;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.JsonFile;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description =
                "Set the policy of a key or an account, in place of the one it has. Needs the scope admin:account or"
                        + " admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Applies at once, to all commands started from then on. A key with the scope admin or admin:account"
                    + " cannot have a policy.",
            "",
            "Example:",
            "  echo '{\"onlySavedCommands\": true}' > policy.json",
            "  bellhop policy set --key-id 4b1d7c09e2aa policy.json"
        })
final class PolicySetCommand extends ClientCommand {

    @Mixin
    private final PolicyOwner owner = new PolicyOwner();

    @Mixin
    private final PolicyTag etag = new PolicyTag();

    @Parameters(paramLabel = "FILE", description = "The policy, as JSON; - for standard input.")
    private Path file = Path.of("");

    PolicySetCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        PolicyDocument policy = JsonFile.read(context, file, PolicyDocument.class);
        PolicyClient there = owner.policy(client);
        PolicyDocument set = etag.given() == null
                ? there.set(policy)
                : there.replace(policy, etag.given()).value();
        return print(set, () -> terminal.say("Set the policy of " + owner));
    }
}
