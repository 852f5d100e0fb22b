// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.cli.command.CommandBuilder;

/** {@code bellhop audit}. */
public final class AuditCommands {

    private AuditCommands() {}

    public static CommandBuilder addTo(CommandBuilder root) {
        return root.addGroup(
                "audit",
                "List, export and check the audit trail: who did what.",
                group -> group.add("list", AuditListCommand::new)
                        .add("export", AuditExportCommand::new)
                        .add("verify", AuditVerifyCommand::new));
    }
}
