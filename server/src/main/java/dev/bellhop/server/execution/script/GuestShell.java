// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.List;

/** Turns a line of shell text into the program and arguments that the agent is to start. */
public final class GuestShell {
    /**
     * An agent started by a guest's init has no HOME, and often no PATH that a child inherits; git, ssh and pip fail
     * without. Values the agent does have are kept. It stands on the first line of the command so that line numbers in
     * the shell's messages stay true.
     */
    private static final String SANE_ENVIRONMENT = "export HOME=\"${HOME:-/root}\""
            + " PATH=\"${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}\"; ";

    public static final String PATH = "/bin/sh";

    private GuestShell() {}

    /** Fails with {@code INVALID_FIELD} where the text holds what the agent's JSON cannot carry. */
    public static ExecCommand command(String text) {
        try {
            return ExecCommand.of(PATH, "-c", SANE_ENVIRONMENT + text);
        } catch (IllegalArgumentException e) {
            throw new BellhopException(
                    "Cannot run a command that holds a NUL character, half a surrogate pair or a Unicode noncharacter,"
                            + " because the guest agent does not take them",
                    List.of(new FieldFault(
                            "/command", "Text without NUL, unpaired surrogates and noncharacters", Fault.MALFORMED)));
        }
    }
}
