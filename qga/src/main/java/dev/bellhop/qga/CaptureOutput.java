// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * What the agent does with the output of a command.
 *
 * <p>The agent also knows {@code "stdout"} and {@code "stderr"}. They are left out on purpose: in qemu-ga 10.0 they corrupt
 * the agent's memory, which gives wrong results and then an agent that spins.
 */
public enum CaptureOutput {
    /** The agent discards the output. */
    NONE,
    /** The agent keeps both streams apart. Works with every agent that can run commands. */
    SEPARATED,
    /**
     * The agent keeps both streams as one, in {@link ExecStatus#stdout()}. Needs qemu-ga 8.0; older agents reply with an
     * error.
     */
    MERGED
}
