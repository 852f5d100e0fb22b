// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.terminal.EndReason;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.TerminalRecorder;
import dev.bellhop.server.terminal.Terminals;

/** Tells the audit trail how terminals end. Thread safe. */
public record TerminalRecords(AuditTrail audit) implements Terminals.Recordings {
    @Override
    public TerminalRecorder begin(TerminalInfo info, PtySpec spec) {
        return new TerminalRecorder() {
            @Override
            public void ended(TerminalEnd end) {
                Outcome outcome = end.reason() == EndReason.LOST ? Outcome.FAILED : Outcome.DONE;
                audit.add(new AuditEntry(audit.now(), AuditRecord.TERMINAL_END, outcome)
                        .by(info.keyId(), info.tenant())
                        .in(info.vm())
                        .about(TerminalControl.subject(info.id()))
                        .state(end.reason().wireName()));
            }
        };
    }
}
