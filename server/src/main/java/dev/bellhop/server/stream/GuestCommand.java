// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A command to run in a guest. {@link #toString} shows sizes only.
 *
 * @param argv the program, found through PATH, and its arguments, as bytes; no shell reads them
 * @param env variables as NAME=value, besides those that root has anyway
 * @param cwd where it starts; absent for root's home
 * @param terminal the size of the terminal that it is to have; absent for pipes
 * @param modes to change in that terminal before its program starts, as the multiplexer reads them; empty for none
 * @param detached how it is on its own; absent where it ends with its stream
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
     * It is as if the agent had started it: with the agent's environment, umask and folder, and it is never told that somebody has hung up,
     * be it that its {@link GuestProcess} is closed or that the stream ends.
     *
     * @param hasInput whether it has a stdin to read from; it reads from {@code /dev/null} otherwise
     * @param window how many bytes of each of its outputs are taken in before they are read
     */
    public record Detached(boolean hasInput, int window) {}

    /** With 1 to 65,535 rows and columns. */
    public record Terminal(int rows, int columns) {
        private static final int MAX = 0xFFFF;

        public Terminal {
            if (rows < 1 || rows > MAX || columns < 1 || columns > MAX) {
                throw new IllegalArgumentException("no terminal: " + rows + " x " + columns);
            }
        }
    }

    /** A program with arguments and nothing else. */
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

    /** With a terminal for stdin, stdout and stderr. Say what kind it is by the variable TERM. */
    public GuestCommand withTerminal(int rows, int columns) {
        return new GuestCommand(argv, env, cwd, new Terminal(rows, columns), modes, detached);
    }

    /** With these changes to the modes of its terminal: see {@code multiplexer.pl}. */
    public GuestCommand withModes(String changes) {
        return new GuestCommand(argv, env, cwd, terminal, changes, detached);
    }

    /** On its own, as {@link Detached} says. */
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
