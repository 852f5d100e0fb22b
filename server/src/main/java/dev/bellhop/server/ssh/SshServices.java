// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionControl;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.ExecutionStarts;
import dev.bellhop.server.service.ForwardControl;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.terminal.TerminalControl;
import dev.bellhop.server.service.vm.VmReads;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.stream.StreamOpener;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The services that the door calls.
 *
 * @param memory for everything open over SSH
 * @param streams for a connection with many commands
 * @param serving false once the server stops; commands in guests keep running then
 */
public record SshServices(
        Gatekeeper gatekeeper,
        AuditTrail audit,
        VmAccess vms,
        VmReads vmReads,
        ExecutionAccess executions,
        ExecutionStarts starts,
        ExecutionReads reads,
        ExecutionControl control,
        TerminalControl terminals,
        ForwardControl forwards,
        DoorMemory memory,
        StreamOpener streams,
        BooleanSupplier serving) {
    /** Performs one use case for a login, and records its outcome in the audit trail. */
    public <T> T during(SshLogin login, UseCase useCase, Function<Permit, T> work) {
        AuditNote note = note(login, useCase);
        try {
            T done = Permit.during(note, work);
            note.ended(null, null);
            return done;
        } catch (BellhopException e) {
            note.ended(e.code(), null);
            throw e;
        } catch (RuntimeException | Error e) {
            note.ended(ErrorCode.INTERNAL_ERROR, null);
            throw e;
        }
    }

    /** Begins the audit note of one use case; the caller has to end it. */
    AuditNote note(SshLogin login, UseCase useCase) {
        AuditNote note = new AuditNote(audit, login.caller(), useCase);
        note.about(login.vm());
        return note;
    }
}
