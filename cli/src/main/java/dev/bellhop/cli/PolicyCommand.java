// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "policy",
        description = "Show, set and clear the policy of a key or an account: which commands may be run.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class PolicyCommand extends CommandGroup {}
