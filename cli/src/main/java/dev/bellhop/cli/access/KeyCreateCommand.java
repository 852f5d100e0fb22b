// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.cli.command.AccountIds;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.JsonFile;
import dev.bellhop.cli.command.NameValue;
import dev.bellhop.cli.command.VmArgument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        description = "Create an API key and print it, this once. Needs admin:account or admin.",
        customSynopsis = "bellhop key create [OPTIONS] --name NAME --scope SCOPE...",
        optionListHeading = "%nOptions:%n",
        sortOptions = false,
        footer = {
            "",
            "Only the key goes to standard output, messages go to standard error.",
            "",
            "Examples:",
            "  BELLHOP_KEY=$(bellhop key create --name ci --scope read:vm --scope write:vm)",
            "  bellhop key create --name db --scope write:vm --vm 10000 --expires-in-days 90",
            "  bellhop key create --name boss --account 0c5d2e9f7a41 \\",
            "    --scope admin:account,write:vm"
        })
final class KeyCreateCommand extends ClientCommand {

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "A name for people.")
    private String name = "";

    @Option(
            names = "--scope",
            required = true,
            split = ",",
            paramLabel = "SCOPE",
            completionCandidates = Scopes.class,
            description =
                    "read:vm (see VMs and executions), write:vm (also run commands, read output), read:raw (with"
                            + " write:vm, read it with its secrets), power:vm (start and stop VMs), read:metrics (for"
                            + " Prometheus), guest:vm (freeze, passwords, SSH keys, time of guests), terminal:vm (sit at a shell),"
                            + " files:vm (copy files), forward:vm (connect from"
                            + " guests), admin:account (manage the keys of its account) or admin (all but read:raw). Repeatable.")
    private List<String> scopes = List.of();

    @Option(
            names = "--vm",
            split = ",",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = "A VM that the key may see, by its vmid or name. Repeatable. Default: all VMs, or all of its"
                    + " account.")
    private @Nullable List<VmArgument> vms;

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description = "The account that the key belongs to, by its id or name; it sees only that account's VMs."
                    + " Default: that of the key in use, or none.")
    private @Nullable String account;

    @Option(
            names = "--network",
            split = ",",
            paramLabel = "NETWORK",
            description =
                    "An address, or a network such as 10.0.0.0/8; only these may use the key. Repeatable. Default:"
                            + " anywhere.")
    private @Nullable List<String> networks;

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "A label of all commands that the key starts, and of the only ones that it sees. Repeatable."
                    + " Default: all commands.")
    private List<NameValue> labels = List.of();

    @Mixin
    private final ExpiryOptions expiry = new ExpiryOptions();

    @Option(
            names = "--expires-in-days",
            paramLabel = "DAYS",
            description = "The same in days, 1 to 3650. Default: the key never expires.")
    private @Nullable Integer expiresInDays;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description =
                    "Which commands the key may run, as JSON; - for standard input. Default: all that its account may.")
    private @Nullable Path policy;

    KeyCreateCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        PolicyDocument document = policy == null ? null : JsonFile.read(context, policy, PolicyDocument.class);
        CreatedKey created = client.keys()
                .create(new CreateKey(
                        name,
                        scopes,
                        VmArgument.vmids(client, vms),
                        expiresInDays,
                        AccountIds.resolve(client, account),
                        networks,
                        document,
                        labels.isEmpty() ? null : NameValue.map(labels),
                        expiry.time(),
                        expiry.seconds()));
        return print(created, () -> {
            terminal.printLine(created.key());
            terminal.say("Created key " + created.id() + " (" + created.name() + ") for "
                    + KeyFormat.rights(
                            created.vms(),
                            created.account(),
                            created.labels(),
                            created.scopes(),
                            created.networks(),
                            created.expiresAt())
                    + ". It is not shown again");
        });
    }

    /** For shell completion. */
    static final class Scopes extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Scopes() {
            super(List.of(
                    "read:vm",
                    "write:vm",
                    "read:raw",
                    "power:vm",
                    "guest:vm",
                    "terminal:vm",
                    "files:vm",
                    "forward:vm",
                    "read:metrics",
                    "admin:account",
                    "admin"));
        }
    }
}
