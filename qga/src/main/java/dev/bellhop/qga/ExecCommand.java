// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program to run in the guest. It is started as it stands, with no shell unless {@code path} is one.
 *
 * <p>{@link #toString()} shows sizes only, so logging a command by accident does no harm.
 *
 * @param path the program, absolute or found through the agent's own PATH
 * @param args the arguments after the program's name; on Linux each holds at most 131,071 bytes
 * @param env the whole environment as NAME=value; if empty, the agent's, which may have no HOME and no PATH
 * @param input what the program reads from its stdin, or null for none; not copied, so leave it unchanged
 * @param capture what becomes of the output
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes of raw bytes: a copy a reader would cost more than it guards.
public record ExecCommand(
        String path, List<String> args, List<String> env, byte @Nullable [] input, CaptureOutput capture) {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException for a text the agent cannot read: one with a NUL, an unpaired surrogate or a Unicode
     *     noncharacter
     */
    public ExecCommand {
        args = List.copyOf(args);
        env = List.copyOf(env);
        AgentText.requirePath(path);
        args.forEach(arg -> AgentText.requireSendable("argument", arg));
        env.forEach(variable -> AgentText.requireSendable("environment variable", variable));
    }

    /** A program with arguments, the agent's environment, no input, and both streams captured. */
    public static ExecCommand of(String path, String... args) {
        return new ExecCommand(path, List.of(args), List.of(), null, CaptureOutput.SEPARATED);
    }

    /** The same command with this stdin. */
    public ExecCommand withInput(byte[] newInput) {
        return new ExecCommand(path, args, env, newInput, capture);
    }

    /** The same command with this environment, as NAME=value, instead of the agent's. */
    public ExecCommand withEnv(List<String> newEnv) {
        return new ExecCommand(path, args, newEnv, input, capture);
    }

    /** The same command with another treatment of its output. */
    public ExecCommand withCapture(CaptureOutput newCapture) {
        return new ExecCommand(path, args, env, input, newCapture);
    }

    @Override
    public String toString() {
        return "ExecCommand[args=" + args.size() + ", env=" + env.size() + ", inputBytes="
                + (input == null ? 0 : input.length) + ", capture=" + capture + "]";
    }
}
