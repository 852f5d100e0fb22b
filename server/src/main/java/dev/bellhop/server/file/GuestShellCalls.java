// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.ScriptLostException;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.execution.script.PowerShell;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileReply.UnreadableReplyException;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Runs scripts in guests, and translates their errors. Thread safe. */
record GuestShellCalls(Guests guests, AgentHealth health) {
    /** Longer calls use the agent: an active stream keeps a port plugged, and may be lost before the end. */
    private static final Duration SHORT = Duration.ofSeconds(30);

    private static final Duration LONGEST_FREEZE = Duration.ofSeconds(8);
    private static final long POLL_MILLIS = 100;

    /**
     * Waits while file systems of a guest are frozen, and throws on timeout. Most freezes, such as for a backup, are
     * shorter than this timeout.
     */
    void awaitThaw(VmId id) {
        Guest guest = guests.of(id);
        VirtualMachine vm = vm(id);
        Deadline deadline = Deadline.after(LONGEST_FREEZE);
        while (guest.isFrozen(vm.agent())) {
            if (deadline.hasPassed()) {
                throw new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot open or change files because the guest's file systems are frozen, as for a backup; try again later");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BellhopException(
                        ErrorCode.SHUTTING_DOWN, "Cannot open or change files because the server stops", e);
            }
        }
    }

    VirtualMachine vm(VmId id) {
        return guests.vm(id).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id));
    }

    /** Reads a reply, whose fields can all be missing. */
    interface Reading<T> {
        T read(FileReply reply) throws UnreadableReplyException;
    }

    /** The program that runs scripts in a guest, with the error texts for its failures. */
    enum Shell {
        POSIX(
                "the guest starts no /bin/sh; files need a Linux guest with one, or over HTTP a path of a Windows guest such as C:\\dir\\file",
                "what its shell has answered cannot be read; files need a Linux guest with coreutils"),
        POWERSHELL(
                "the guest starts no " + PowerShell.PROGRAM,
                "what its PowerShell has answered cannot be read; files need Windows PowerShell 5.1 in full language mode");

        private final String missing;
        private final String unreadable;

        Shell(String missing, String unreadable) {
            this.missing = missing;
            this.unreadable = unreadable;
        }
    }

    <T> T run(VirtualMachine vm, String script, String cannot, boolean changes, Deadline deadline, Reading<T> reading) {
        ExecCommand command = ExecCommand.of(GuestShell.PATH, "-c", script);
        return run(vm, Shell.POSIX, command, cannot, changes, deadline, reading);
    }

    /**
     * Runs a script to its end.
     *
     * @param cannot first part of an error message, such as {@code Cannot read this file}
     * @param changes whether the script may have changed something if its end is unknown
     */
    <T> T run(
            VirtualMachine vm,
            Shell shell,
            ExecCommand command,
            String cannot,
            boolean changes,
            Deadline deadline,
            Reading<T> reading) {
        ExecStatus status;
        try {
            status = status(vm, command, cannot, changes, deadline);
        } catch (AgentErrorException e) {
            throw FileFailures.failure(ErrorCode.NOT_SUPPORTED, cannot, shell.missing);
        } catch (AgentException e) {
            throw failed(vm, cannot, changes, e);
        }
        String stderr = new String(status.stderr(), StandardCharsets.ISO_8859_1);
        try {
            FileReply reply = FileReply.parse(status.stdout());
            if (!reply.isOk()) {
                throw FileFailures.of(cannot, reply.text(1), reply.size() > 2 ? reply.text(2) : "", stderr);
            }
            return reading.read(reply);
        } catch (UnreadableReplyException e) {
            throw unreadable(shell, cannot, e);
        }
    }

    private ExecStatus status(VirtualMachine vm, ExecCommand command, String cannot, boolean changes, Deadline deadline)
            throws AgentException {
        Guest guest = guests.of(vm.id());
        boolean mayStream = deadline.remaining().compareTo(SHORT) <= 0;
        while (true) {
            try {
                return guest.scriptOnce(vm.agent(), command, mayStream, deadline);
            } catch (ScriptLostException e) {
                AgentException trouble = e.getCause() instanceof AgentException cause ? cause : null;
                String why = trouble == null ? String.valueOf(e.getMessage()) : health.why(vm, trouble);
                if (changes) {
                    throw unknown(vm, why, e);
                }
                if (trouble != null || deadline.hasPassed()) {
                    throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, cannot + " because " + why, e);
                }
                mayStream = false;
            }
        }
    }

    static BellhopException unreadable(Shell shell, String cannot, UnreadableReplyException e) {
        return new BellhopException(ErrorCode.NOT_SUPPORTED, cannot + " because " + shell.unreadable, e);
    }

    BellhopException failed(VirtualMachine vm, String cannot, boolean changes, AgentException e) {
        String why = health.why(vm, e);
        return e.mayHaveActed() && changes
                ? unknown(vm, why, e)
                : new BellhopException(ErrorCode.AGENT_UNAVAILABLE, cannot + " because " + why, e);
    }

    private static BellhopException unknown(VirtualMachine vm, String why, Exception cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether it was done in VM " + vm.id() + " because " + why,
                cause);
    }
}
