// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputStreamName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a follower of an execution has come. Its text is the id of the last event.
 *
 * @param stdout bytes of stdout that it has
 * @param stderr bytes of stderr that it has
 * @param stage the last {@link #stage} that it knows of; {@link #NOTHING} where it knows of none
 */
record EventPosition(long stdout, long stderr, int stage) {
    /** At the very beginning. */
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

    /** After so many bytes of output, of which the reader wants none. */
    static EventPosition after(long stdout, long stderr) {
        return new EventPosition(stdout, stderr, NOTHING);
    }

    /** How far a state is: 0 pending, 1 running, 2 ended. */
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

    /** With more bytes of a stream. What has output has started, whether anybody saw that or not. */
    EventPosition plus(OutputStreamName stream, long bytes) {
        int known = Math.max(stage, 1);
        return stream == OutputStreamName.STDOUT
                ? new EventPosition(stdout + bytes, stderr, known)
                : new EventPosition(stdout, stderr + bytes, known);
    }

    EventPosition at(int newStage) {
        return new EventPosition(stdout, stderr, newStage);
    }

    /** Whether nothing follows. */
    boolean isEnd() {
        return stage == ENDED;
    }

    @Override
    public String toString() {
        return stdout + "-" + stderr + "-" + stage;
    }
}
