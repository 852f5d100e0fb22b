// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * What the agent does with the output of a command.
 *
 * <p>The agent also knows {@code "stdout"} and {@code "stderr"}, which are left out on purpose: on qemu-ga 10.0 they
 * corrupt the agent's memory, which gives wrong results and then an agent that spins.
 */
public enum CaptureOutput {
    /** The output is thrown away. */
    NONE,
    /** Both streams are kept apart from each other. Works with every agent that can run commands. */
    SEPARATED,
    /** Both streams are kept as one, in {@link ExecStatus#stdout()}. Needs qemu-ga 8.0; an older one answers with an error. */
    MERGED
}
