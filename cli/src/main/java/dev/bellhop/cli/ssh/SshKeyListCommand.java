// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.SshKeyView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Table;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the SSH keys that stand for an API key. Needs admin:account.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop ssh-key list --for 4b1d7c09e2aa"})
final class SshKeyListCommand extends ClientCommand {

    private static final int MAX_LABEL = 40;

    @Mixin
    private final ApiKeyOption apiKey = new ApiKeyOption();

    SshKeyListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        List<SshKeyView> keys = client.sshKeys().list(apiKey.id(options)).items();
        return printList(
                new Page<>(keys, null),
                "No SSH key stands for this API key; 'bellhop ssh-key add' registers one",
                new Table("ID", "FINGERPRINT", "ADDED", "USED", "EXPIRES", "PRINCIPALS", "LABEL")
                        .optional("EXPIRES", "PRINCIPALS", "LABEL"),
                (table, key) -> table.row(
                        key.id(),
                        key.fingerprint(),
                        day(key.addedAt(), "-"),
                        day(key.lastUsedAt(), "never"),
                        expiry(key.expiresAt()),
                        key.principals() == null ? "-" : String.join(", ", key.principals()),
                        key.label() == null ? "-" : Printable.shortened(key.label(), MAX_LABEL)));
    }

    private String expiry(@Nullable Instant expiresAt) {
        return expiresAt != null && !expiresAt.isAfter(context.clock().instant()) ? "expired" : day(expiresAt, "-");
    }

    private static String day(@Nullable Instant time, String absent) {
        return time == null
                ? absent
                : time.atOffset(ZoneOffset.UTC).toLocalDate().toString();
    }
}
