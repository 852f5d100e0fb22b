// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import org.jspecify.annotations.Nullable;

/**
 * A text frame of a terminal's WebSocket, either way. Which fields there are depends on the type.
 *
 * @param type {@code resize} from a client; from the server {@code position}, {@code ended} or {@code error}
 * @param cols with {@code resize}
 * @param rows with {@code resize}
 * @param offset with {@code position}: where among all that was printed the next binary frame begins
 * @param missed with {@code position}: how many bytes before that are not kept any more; absent for none
 * @param reason with {@code ended}, as {@link TerminalView#reason}
 * @param exitCode with {@code ended}, where it is known
 * @param signal with {@code ended}, where that ended it
 * @param code with {@code error}
 * @param message with {@code error}, for a person
 */
public record TerminalMessage(
        String type,
        @Nullable Integer cols,
        @Nullable Integer rows,
        @Nullable Long offset,
        @Nullable Long missed,
        @Nullable String reason,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        @Nullable String code,
        @Nullable String message) {
    public static final String RESIZE = "resize";
    public static final String POSITION = "position";
    public static final String ENDED = "ended";
    public static final String ERROR = "error";

    public static TerminalMessage resize(int cols, int rows) {
        return new TerminalMessage(RESIZE, cols, rows, null, null, null, null, null, null, null);
    }

    public static TerminalMessage position(long offset, long missed) {
        return new TerminalMessage(
                POSITION, null, null, offset, missed == 0 ? null : missed, null, null, null, null, null);
    }

    public static TerminalMessage ended(String reason, @Nullable Integer exitCode, @Nullable Integer signal) {
        return new TerminalMessage(ENDED, null, null, null, null, reason, exitCode, signal, null, null);
    }

    public static TerminalMessage error(String code, String message) {
        return new TerminalMessage(ERROR, null, null, null, null, null, null, null, code, message);
    }
}
