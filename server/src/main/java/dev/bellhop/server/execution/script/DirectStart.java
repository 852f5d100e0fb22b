// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the plain {@code guest-exec} of a command, for guests where no supervisor can run: the agent keeps the result,
 * up to 16 MiB a stream, gives it once when the command has ended, and forgets it when it restarts.
 */
public abstract class DirectStart {
    /** What of this command cannot be had so; empty where all of it can. Ask before {@link #command}. */
    public List<FieldFault> missing(GuestCommand command) {
        List<FieldFault> faults = new ArrayList<>();
        if (command.stdinFollows()) {
            faults.add(new FieldFault(
                    "/stdinFollows",
                    "Left out, with stdin given: this guest takes no input later",
                    Fault.UNKNOWN_VALUE));
        }
        if (command.timeout() != null) {
            faults.add(new FieldFault(
                    "/timeoutSeconds", "Left out: nothing in this guest could end the command", Fault.UNKNOWN_VALUE));
        }
        return faults;
    }

    /**
     * What the agent is to start.
     *
     * @throws IllegalArgumentException where something is {@link #missing}
     */
    public final ExecCommand command(GuestCommand command) {
        List<FieldFault> missing = missing(command);
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("Cannot start this command directly because of "
                    + missing.stream().map(FieldFault::pointer).toList());
        }
        byte[] stdin = stdin(command);
        return stdin == null ? build(command) : build(command).withInput(stdin);
    }

    abstract byte @Nullable [] stdin(GuestCommand command);

    /** Without its stdin. */
    abstract ExecCommand build(GuestCommand command);
}
