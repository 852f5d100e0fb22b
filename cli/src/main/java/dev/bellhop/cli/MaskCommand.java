// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "mask",
        description = "Say what is masked in the output of an account's commands.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class MaskCommand extends CommandGroup {}
