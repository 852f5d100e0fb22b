// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import picocli.CommandLine.Command;

@Command(
        name = "audit",
        description = "List, export and check the audit trail: who did what.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n")
final class AuditCommand extends CommandGroup {}
