// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.OutputStreamName;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Standard output and standard error: as bytes for what a guest wrote, as text for what bellhop has to say. A reader that
 * goes away early, as {@code head} does, is not an error: what it no longer wants is dropped.
 */
public final class Terminal {

    private final Pipe stdout;
    private final Pipe stderr;
    private final PrintWriter out;
    private final PrintWriter err;
    private final int columns;
    private final BooleanSupplier isTerminal;

    public Terminal(OutputStream stdout, OutputStream stderr) {
        this(stdout, stderr, 0, () -> false);
    }

    private Terminal(OutputStream stdout, OutputStream stderr, int columns, BooleanSupplier isTerminal) {
        this.columns = columns;
        this.isTerminal = isTerminal;
        this.stdout = new Pipe(stdout);
        this.stderr = new Pipe(stderr);
        this.out = new PrintWriter(this.stdout, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(this.stderr, true, StandardCharsets.UTF_8);
    }

    /** The ones of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10),
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.err), 8 << 10),
                columns(System.getenv("BELLHOP_COLUMNS")),
                Terminal::isTerminalOfProcess);
    }

    /** @param told by the script that starts bellhop, where standard output is a terminal */
    private static int columns(@Nullable String told) {
        return told != null && told.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(told) : 0;
    }

    /** How wide standard output is, if it is a terminal; 0 if not, or if nobody knows. */
    public int columns() {
        return columns;
    }

    /** Whether standard output is a terminal, also one whose width nobody knows. It takes a moment to find out. */
    public boolean isTerminal() {
        return isTerminal.getAsBoolean();
    }

    /** Java tells of stdin and stdout together alone whether they are a terminal. */
    private static boolean isTerminalOfProcess() {
        try {
            return new ProcessBuilder("/bin/sh", "-c", "test -t 1")
                            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // This is no Unix.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public PrintWriter out() {
        return out;
    }

    public PrintWriter err() {
        return err;
    }

    /** Prints a line, with whatever is not safe to show escaped, on standard output. */
    public void printLine(String line) {
        out.println(Printable.line(line));
    }

    /** Writes an answer as JSON, indented: people read it too. */
    public void json(Object answer) {
        out.println(
                Printable.json(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(answer)));
    }

    /** Writes bytes of a guest to the stream of the same name, and has them seen at once. */
    public void write(OutputStreamName stream, byte[] bytes) throws IOException {
        Pipe pipe = switch (stream) {
            case STDOUT -> stdout;
            case STDERR -> stderr;
        };
        pipe.write(bytes);
        pipe.flush();
    }

    /** Whether nobody reads standard output any more. */
    public boolean isUnread() {
        return stdout.closedByReader;
    }

    /** Says something to whoever types, on standard error. */
    public void say(String message) {
        err.println("bellhop: " + Printable.text(message));
    }

    /** Asks whoever types, on standard error; whether the answer is yes, and not nothing. */
    public boolean confirm(String question, Stdin stdin) {
        out.flush();
        err.print(question);
        err.flush();
        try {
            StringBuilder answer = new StringBuilder();
            // Byte by byte: what follows is the next question's.
            for (int c = stdin.bytes().read();
                    c >= 0 && c != '\n';
                    c = stdin.bytes().read()) {
                answer.append((char) c);
            }
            String word = answer.toString().strip().toLowerCase(Locale.ROOT);
            return word.equals("y") || word.equals("yes");
        } catch (IOException e) {
            return false;
        }
    }

    /** Why standard output could not take all that was written to it, if it could not. */
    public Optional<String> outFailure() {
        return Optional.ofNullable(stdout.failure);
    }

    public void flush() {
        out.flush();
        err.flush();
    }

    /** Swallows writes from the one on that finds nobody reading. */
    private static final class Pipe extends OutputStream {

        private final OutputStream target;
        private volatile boolean closedByReader;

        /** Kept because a PrintWriter swallows it. */
        private volatile @Nullable String failure;

        Pipe(OutputStream target) {
            this.target = target;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
            attempt(() -> target.write(bytes, offset, length));
        }

        @Override
        public synchronized void flush() throws IOException {
            attempt(target::flush);
        }

        private void attempt(Write write) throws IOException {
            if (closedByReader) {
                return;
            }
            try {
                write.run();
            } catch (IOException e) {
                // Another failure, such as a full disk, must not pass for success.
                if (!BrokenPipe.isSaidBy(e)) {
                    failure = String.valueOf(e.getMessage());
                    throw e;
                }
                closedByReader = true;
            }
        }

        @FunctionalInterface
        private interface Write {
            void run() throws IOException;
        }
    }
}
