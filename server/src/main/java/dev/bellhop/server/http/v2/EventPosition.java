// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputStreamName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A position in the events of an execution. Its text is the id of the last event.
 *
 * @param stdout bytes of stdout already sent
 * @param stderr bytes of stderr already sent
 * @param stage the last {@link #stage} already sent; {@link #NOTHING} if none
 */
record EventPosition(long stdout, long stderr, int stage) {
    static final EventPosition START = new EventPosition(0, 0, EventPosition.NOTHING);

    private static final int NOTHING = -1;
    private static final int ENDED = 2;
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})-([0-2])");

    static Optional<EventPosition> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new EventPosition(
                        Long.parseLong(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        Integer.parseInt(matcher.group(3))))
                : Optional.empty();
    }

    /** Skips this much output, which the reader does not want. */
    static EventPosition after(long stdout, long stderr) {
        return new EventPosition(stdout, stderr, NOTHING);
    }

    /** Returns the progress of a state: 0 pending, 1 running, 2 ended. */
    static int stage(ExecutionState state) {
        return switch (state) {
            case PENDING -> 0;
            case RUNNING -> 1;
            case EXITED, TIMED_OUT, CANCELLED, REJECTED, LOST -> ENDED;
        };
    }

    long of(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdout : stderr;
    }

    /** Advances in a stream. A command with output has started, even if the reader saw no such state. */
    EventPosition plus(OutputStreamName stream, long bytes) {
        int known = Math.max(stage, 1);
        return stream == OutputStreamName.STDOUT
                ? new EventPosition(stdout + bytes, stderr, known)
                : new EventPosition(stdout, stderr + bytes, known);
    }

    EventPosition at(int newStage) {
        return new EventPosition(stdout, stderr, newStage);
    }

    /** Returns whether no event follows. */
    boolean isEnd() {
        return stage == ENDED;
    }

    @Override
    public String toString() {
        return stdout + "-" + stderr + "-" + stage;
    }
}
