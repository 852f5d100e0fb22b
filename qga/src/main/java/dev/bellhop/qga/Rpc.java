// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.Set;
import tools.jackson.core.JsonGenerator;

/**
 * One command of the agent, with its arguments, and how its result is read.
 *
 * @param name the command, such as "guest-exec"
 * @param arguments writes the members of "arguments"
 * @param result reads what stands after "return"
 */
record Rpc<T>(String name, ArgumentWriter arguments, ResultReader<T> result) {

    private static final Set<String> HARMLESS = Set.of("guest-ping", "guest-info");

    /** Whether it is all one if the agent answers it later on and nobody listens. */
    boolean isHarmless() {
        return HARMLESS.contains(name);
    }

    /** Writes the members of the object "arguments". */
    @FunctionalInterface
    interface ArgumentWriter {
        /** For a command that has no arguments. */
        ArgumentWriter NONE = json -> {};

        void write(JsonGenerator json);
    }
}
