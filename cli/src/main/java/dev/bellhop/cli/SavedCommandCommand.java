// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "saved-command",
        description = "Create, list, show and delete saved commands, which 'bellhop exec --saved' runs.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class SavedCommandCommand extends CommandGroup {}
