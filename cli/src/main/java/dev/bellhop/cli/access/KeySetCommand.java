// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.Tagged;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "set",
        description = "Change an API key; other settings stay the same. Needs admin:account or admin.",
        customSynopsis = "bellhop key set [OPTIONS] ID",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {
            "",
            "The secret stays the same. If the key loses a right, its open sessions end; its commands run on.",
            "",
            "Examples:",
            "  bellhop key set 4b1d7c09e2aa --vm 10000,10001 --expires-in 90d",
            "  bellhop key set 4b1d7c09e2aa --all-vms --never-expires"
        })
final class KeySetCommand extends ClientCommand {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Parameters(
            arity = "1",
            paramLabel = "ID",
            description = "The key's id, from 'bellhop key list'; not the key itself.")
    private String id = "";

    @Option(names = "--name", paramLabel = "NAME", description = "A name for people.")
    private @Nullable String name;

    @Option(
            names = "--scope",
            split = ",",
            paramLabel = "SCOPE",
            completionCandidates = KeyCreateCommand.Scopes.class,
            description = "All scopes that the key is to have, as for 'bellhop key create'. Repeatable.")
    private @Nullable List<String> scopes;

    @Option(
            names = "--vm",
            split = ",",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = "The only VMs that the key is to see, by vmid or name. Repeatable.")
    private @Nullable List<VmArgument> vms;

    @Option(names = "--all-vms", description = "Remove the list of VMs: the key sees all, or all of its account.")
    private boolean allVms;

    @Option(
            names = "--network",
            split = ",",
            paramLabel = "NETWORK",
            description = "The only addresses or networks that may use the key. Repeatable.")
    private @Nullable List<String> networks;

    @Option(names = "--any-network", description = "Remove the list of networks: the key works from anywhere.")
    private boolean anyNetwork;

    @Mixin
    private final ExpiryOptions expiry = new ExpiryOptions();

    @Option(names = "--never-expires", description = "Remove the expiry.")
    private boolean neverExpires;

    @Option(
            names = "--if-match",
            paramLabel = "ETAG",
            description = "Fail unless the key still has this ETag, from 'bellhop key show'.")
    private @Nullable String etag;

    KeySetCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (isUnchanged()) {
            throw new ParameterException(spec.commandLine(), "Give at least one option that changes the key");
        }
        UpdateKey wanted = new UpdateKey(
                name,
                scopes,
                VmArgument.vmids(client, vms),
                allVms ? true : null,
                networks,
                anyNetwork ? true : null,
                expiry.time(),
                expiry.seconds(),
                neverExpires ? true : null);
        Tagged<KeyView> changed = etag == null
                ? client.keys().update(id, wanted)
                : client.keys().update(id, wanted, PolicyTag.quoted(etag));
        KeyView key = changed.value();
        return print(
                key,
                () -> terminal.say("Changed key " + key.id() + " (" + key.name() + "), now for "
                        + KeyFormat.rights(
                                key.vms(), key.account(), key.labels(), key.scopes(), key.networks(), key.expiresAt())
                        + ". ETag: " + PolicyTag.unquoted(changed.etag())));
    }

    private boolean isUnchanged() {
        return name == null
                && scopes == null
                && vms == null
                && !allVms
                && networks == null
                && !anyNetwork
                && !expiry.isGiven()
                && !neverExpires;
    }
}
