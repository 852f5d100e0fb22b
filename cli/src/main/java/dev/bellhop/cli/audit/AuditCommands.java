// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.CommandGroup;
import picocli.CommandLine;

/** {@code bellhop audit}. */
public final class AuditCommands {

    private AuditCommands() {}

    public static CommandLine group(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "audit",
                "List, export and check the audit trail: who did what.",
                new AuditListCommand(context, global),
                new AuditExportCommand(context, global),
                new AuditVerifyCommand(context, global));
    }
}
