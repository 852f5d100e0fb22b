// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.terminal.Table;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List the API keys of the key's account, or all; also expired and revoked ones."
                + " Needs the scope admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A key begins with bellhop_ and its id.",
            "",
            "Examples:",
            "  bellhop key list",
            "  bellhop key list --json | jq '.items[] | select(.revokedAt == null)'"
        })
final class KeyListCommand extends ClientCommand {

    KeyListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                Paging.all(client.keys()::list),
                "There are no keys. Make one with 'bellhop key create --name NAME --scope SCOPE'",
                new Table("ID", "NAME", "SCOPES", "FOR", "FROM", "CREATED", "USED", "STATE"),
                (table, key) -> table.row(
                        key.id(),
                        key.name(),
                        KeyFormat.scopes(key.scopes()),
                        KeyFormat.sees(key.vms(), key.account(), key.labels()),
                        key.networks() == null ? "anywhere" : String.join(",", key.networks()),
                        KeyFormat.day(key.createdAt()),
                        key.lastUsedAt() == null ? "never" : KeyFormat.day(key.lastUsedAt()),
                        KeyFormat.state(key, context.clock().instant())));
    }
}
