// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import picocli.CommandLine.Option;

/** Whose keys they are. */
final class GuestUserOption {

    @Option(
            names = "--user",
            paramLabel = "NAME",
            defaultValue = "root",
            description = "The user in the guest. Default: root.")
    private String name = "root";

    String name() {
        return name;
    }
}
