// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a supervised command ended.
 *
 * @param cause what ended it
 * @param status what the supervisor's shell said of it. A shell says of a command that a signal ended that its code is
 *     128 + signal, so a program that returns such a code itself looks the same
 */
public record CommandEnd(Cause cause, ExitStatus status) {
    private static final int SIGNAL_BASE = 128;
    private static final int LAST_SIGNAL = 64;
    private static final Pattern LINE = Pattern.compile("([a-z_]{1,9}) (0|[1-9][0-9]{0,2})\n");
    /** No file of an end is longer. */
    static final int MAX_BYTES = 32;

    public enum Cause {
        /** It ended itself, or something in the guest did. */
        EXITED,
        TIMED_OUT,
        CANCELLED;

        static Optional<Cause> parse(String word) {
            for (Cause cause : values()) {
                if (cause.name().toLowerCase(Locale.ROOT).equals(word)) {
                    return Optional.of(cause);
                }
            }
            return Optional.empty();
        }
    }

    /** The state that an execution has after it. */
    public ExecutionState state() {
        return switch (cause) {
            case EXITED -> ExecutionState.EXITED;
            case TIMED_OUT -> ExecutionState.TIMED_OUT;
            case CANCELLED -> ExecutionState.CANCELLED;
        };
    }

    /** Reads the file {@link Spool#end}; empty unless it is whole and as a supervisor writes it. */
    static Optional<CommandEnd> parse(byte[] file) {
        if (file.length > MAX_BYTES) {
            return Optional.empty();
        }
        Matcher line = LINE.matcher(new String(file, StandardCharsets.ISO_8859_1));
        return line.matches() ? of(line.group(1), line.group(2)) : Optional.empty();
    }

    /** From the words of a supervisor; the code is of digits. */
    static Optional<CommandEnd> of(String cause, String code) {
        int number = Integer.parseInt(code);
        return number > 255 ? Optional.empty() : Cause.parse(cause).map(c -> new CommandEnd(c, status(number)));
    }

    private static ExitStatus status(int code) {
        boolean signal = code > SIGNAL_BASE && code <= SIGNAL_BASE + LAST_SIGNAL;
        return new ExitStatus(code, signal ? code - SIGNAL_BASE : null);
    }
}
