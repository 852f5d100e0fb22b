// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import tools.jackson.core.JsonGenerator;

/**
 * One command of the agent, with its arguments, and how its result is read.
 *
 * @param name the command, such as "guest-exec"
 * @param arguments writes the members of "arguments"
 * @param result reads what stands after "return"
 */
record Rpc<T>(String name, ArgumentWriter arguments, ResultReader<T> result) {

    /** Writes the members of the object "arguments". */
    @FunctionalInterface
    interface ArgumentWriter {
        /** For a command that has no arguments. */
        ArgumentWriter NONE = json -> {};

        void write(JsonGenerator json);
    }
}
