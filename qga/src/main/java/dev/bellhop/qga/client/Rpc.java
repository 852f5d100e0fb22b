// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * One command of the agent, with its arguments and the reader of its result.
 *
 * @param name such as "guest-exec"
 * @param arguments writes the members of "arguments"
 * @param result reads the value of "return"
 */
record Rpc<T>(String name, ArgumentWriter arguments, ResultReader<T> result) {

    private static final Set<String> HARMLESS = Set.of("guest-ping", "guest-info");

    private static final Set<String> CONTINUING = Set.of(
            "guest-exec-status",
            "guest-file-read",
            "guest-file-write",
            "guest-file-seek",
            "guest-file-flush",
            "guest-file-close",
            "guest-fsfreeze-status",
            "guest-fsfreeze-thaw");

    /** Whether it does not matter if the agent answers later and nobody listens. */
    boolean isHarmless() {
        return HARMLESS.contains(name);
    }

    /** Whether it continues work that the agent has begun, and which must not fail because the agent is busy for a while. */
    boolean continuesWork() {
        return CONTINUING.contains(name);
    }

    /** What an error reply of the agent means. */
    AgentException refused(String errorClass, String description) {
        // Agents before QEMU 6.0 say that a command is disabled under the class GenericError.
        if (description.contains(name + " has been disabled")) {
            return new RpcDisabledException(name);
        }
        // Where only the words are left of an error, they tell.
        if (errorClass.equals("CommandNotFound") || description.equals("The command " + name + " has not been found")) {
            return new RpcMissingException(name);
        }
        return new AgentErrorException(name, errorClass, description);
    }

    NotConnectedException clientClosed() {
        return new NotConnectedException(
                NotConnectedException.Reason.CLOSED,
                "Cannot call " + name + " because this client was closed",
                false,
                null);
    }

    /** Writes the members of the object "arguments". */
    @FunctionalInterface
    interface ArgumentWriter {
        /** For a command that has no arguments. */
        ArgumentWriter NONE = json -> {};

        void write(JsonGenerator json);
    }
}
