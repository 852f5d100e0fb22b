// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose masks or saved commands are meant. */
final class AccountOption {

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description =
                    "An account's id; needs the scope admin. Default: the account of the key in use; for an operator's"
                            + " key, the operator's own.")
    private @Nullable String id;

    /** Absent for the caller's own. */
    @Nullable
    String id() {
        return id;
    }
}
