// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Stdin;
import java.io.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Gets a password from whoever types, or from a pipe. */
final class PasswordPrompt {

    /** Longer than any that a server takes. */
    private static final int MAX_BYTES = 4096;

    private final Stdin stdin;
    private final Asking asking;

    /** Asks whoever types for something that is not shown. */
    @FunctionalInterface
    interface Asking {
        /** Null at the end of input. */
        char @Nullable [] ask(String question);
    }

    /** @param asking throws {@link CliException} where nobody can be asked */
    PasswordPrompt(Stdin stdin, Asking asking) {
        this.stdin = stdin;
        this.asking = asking;
    }

    static PasswordPrompt of(CliContext context) {
        return new PasswordPrompt(context.stdin(), PasswordPrompt::ask);
    }

    /** There is none where the JVM has no terminal, whatever its default is. */
    @SuppressWarnings("SystemConsoleNull")
    private static char @Nullable [] ask(String question) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CliException("Cannot ask for the password because this is no terminal; use --stdin");
        }
        return console.readPassword("%s: ", question);
    }

    /** Asks twice, so that nobody is locked out by a slip. */
    String twice(String what) {
        char[] first = answer(what);
        char[] second = answer("The same again");
        boolean same = Arrays.equals(first, second);
        Arrays.fill(second, ' ');
        if (!same) {
            throw new CliException("Cannot set the password because the two are not the same");
        }
        String password = new String(first);
        Arrays.fill(first, ' ');
        return password;
    }

    private char[] answer(String question) {
        char[] answer = asking.ask(question);
        if (answer == null || answer.length == 0) {
            throw new CliException("Cannot set the password because none was given");
        }
        return answer;
    }

    /** All of standard input, which has to be one line. */
    String fromStdin() {
        try {
            byte[] bytes = stdin.bytes().readNBytes(MAX_BYTES + 1);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            String line = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            if (line.isEmpty() || line.indexOf('\n') >= 0 || bytes.length > MAX_BYTES) {
                throw new CliException("Cannot set the password because standard input is not one line");
            }
            return line;
        } catch (CharacterCodingException e) {
            throw new CliException("Cannot set the password because standard input is not UTF-8");
        } catch (IOException e) {
            throw new CliException("Cannot read the password from standard input: " + e.getMessage());
        }
    }
}
