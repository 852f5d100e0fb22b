// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

/** {@code bellhop encryption}: the keys that the server encrypts with. */
@Command(
        name = "encryption",
        description = "See and rotate the keys that what is stored is encrypted with.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class EncryptionCommand extends CommandGroup {}
