// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A command to run in a guest. {@link #toString} shows sizes only.
 *
 * @param argv the program, found through PATH, and its arguments, as bytes; no shell interprets them
 * @param env variables as NAME=value, added to root's usual ones
 * @param cwd working directory; absent for root's home
 * @param terminal the size of the command's terminal; absent for pipes
 * @param modes changes to the terminal's modes before the program starts, in the multiplexer's format; empty for none
 * @param detached settings of a detached command; absent if the command ends with its stream
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
public record GuestCommand(
        List<byte[]> argv,
        List<byte[]> env,
        byte @Nullable [] cwd,
        @Nullable Terminal terminal,
        String modes,
        @Nullable Detached detached) {
    public GuestCommand {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a command has a program");
        }
    }

    /**
     * Makes a command run as if the agent had started it: with the agent's environment, umask and folder. The command
     * gets no hangup when its {@link GuestProcess} is closed or the stream ends.
     *
     * @param hasInput whether it has a stdin; otherwise it reads from {@code /dev/null}
     * @param window bytes of each of its outputs that are buffered before the caller reads any
     */
    public record Detached(boolean hasInput, int window) {}

    /** The size of a terminal: 1 to 65,535 rows and columns. */
    public record Terminal(int rows, int columns) {
        private static final int MAX = 0xFFFF;

        public Terminal {
            if (rows < 1 || rows > MAX || columns < 1 || columns > MAX) {
                throw new IllegalArgumentException("no terminal: " + rows + " x " + columns);
            }
        }
    }

    /** Returns a command that has only a program and its arguments. */
    public static GuestCommand of(String... argv) {
        return new GuestCommand(Stream.of(argv).map(GuestCommand::utf8).toList(), List.of(), null, null, "", null);
    }

    public GuestCommand withEnv(String... variables) {
        return new GuestCommand(
                argv, Stream.of(variables).map(GuestCommand::utf8).toList(), cwd, terminal, modes, detached);
    }

    public GuestCommand withCwd(String folder) {
        return new GuestCommand(argv, env, utf8(folder), terminal, modes, detached);
    }

    /**
     * Returns this command with a terminal for stdin, stdout and stderr. Set the variable TERM to the terminal's type.
     */
    public GuestCommand withTerminal(int rows, int columns) {
        return new GuestCommand(argv, env, cwd, new Terminal(rows, columns), modes, detached);
    }

    /** Returns this command with changes to the modes of its terminal; see {@code multiplexer.pl}. */
    public GuestCommand withModes(String changes) {
        return new GuestCommand(argv, env, cwd, terminal, changes, detached);
    }

    /** Returns this command detached, see {@link Detached}. */
    public GuestCommand detached(boolean hasInput, int window) {
        return new GuestCommand(argv, env, cwd, terminal, modes, new Detached(hasInput, window));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "GuestCommand[args=" + argv.size() + ", env=" + env.size() + ", terminal=" + terminal + "]";
    }
}
