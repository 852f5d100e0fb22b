// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.AccountIds;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose masks or saved commands are meant. */
final class AccountOption {

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description =
                    "An account, by its id or name; needs the scope admin. Default: the account of the key in use, or the"
                            + " operator.")
    private @Nullable String account;

    /** Absent for the caller's own. */
    @Nullable
    String id(BellhopClient client) throws InterruptedException {
        return AccountIds.resolve(client, account);
    }
}
