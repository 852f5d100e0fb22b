// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.KeyView;
import dev.bellhop.api.v2.Page;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the API keys, expired and revoked ones included: those of the key's account, or all."
                + " Needs the scope admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A key begins with bellhop_ and its id, so a key in use can be told by its beginning.",
            "",
            "Examples:",
            "  bellhop key list",
            "  bellhop key list --output json | jq '.items[] | select(.revokedAt == null)'"
        })
final class KeyListCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    KeyListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<KeyView> keys;
        try (BellhopClient client = options.connect()) {
            keys = Pages.all(client::listKeys);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(new Page<>(keys, null));
        } else if (keys.isEmpty()) {
            terminal.say("There are no keys. Make one with 'bellhop key create --name NAME --scope SCOPE'");
        } else {
            Table table = new Table("ID", "NAME", "SCOPES", "FOR", "FROM", "CREATED", "USED", "STATE");
            keys.forEach(key -> table.row(
                    key.id(),
                    key.name(),
                    KeyText.scopes(key.scopes()),
                    KeyText.sees(key.vms(), key.account(), key.labels()),
                    key.networks() == null ? "anywhere" : String.join(",", key.networks()),
                    KeyText.day(key.createdAt()),
                    key.lastUsedAt() == null ? "never" : KeyText.day(key.lastUsedAt()),
                    KeyText.state(key, context.clock().instant())));
            table.print(terminal.out());
        }
        return 0;
    }
}
