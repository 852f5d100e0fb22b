// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "vm",
        description = "See the virtual servers, switch them on and off, and say whose they are.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class VmCommand extends CommandGroup {}
