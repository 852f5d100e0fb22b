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
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
public record GuestCommand(
        List<byte[]> argv,
        List<byte[]> env,
        byte @Nullable [] cwd,
        @Nullable Terminal terminal) {
    public GuestCommand {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("a command has a program");
        }
    }

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
        return new GuestCommand(Stream.of(argv).map(GuestCommand::utf8).toList(), List.of(), null, null);
    }

    public GuestCommand withEnv(String... variables) {
        return new GuestCommand(
                argv, Stream.of(variables).map(GuestCommand::utf8).toList(), cwd, terminal);
    }

    public GuestCommand withCwd(String folder) {
        return new GuestCommand(argv, env, utf8(folder), terminal);
    }

    /** With a terminal for stdin, stdout and stderr. Say what kind it is by the variable TERM. */
    public GuestCommand withTerminal(int rows, int columns) {
        return new GuestCommand(argv, env, cwd, new Terminal(rows, columns));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "GuestCommand[args=" + argv.size() + ", env=" + env.size() + ", terminal=" + terminal + "]";
    }
}
