// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "key",
        description = "Create, list, rotate and revoke API keys.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class KeyCommand extends CommandGroup {}
