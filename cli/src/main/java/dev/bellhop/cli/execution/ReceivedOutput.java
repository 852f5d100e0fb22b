// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts the output of a command that has arrived, and finds what is missing of it. Not thread safe. */
final class ReceivedOutput {

    private final Set<OutputStreamName> wanted;
    private final Map<OutputStreamName, Long> bytes = new EnumMap<>(OutputStreamName.class);

    /** Of both streams. */
    ReceivedOutput() {
        this(EnumSet.allOf(OutputStreamName.class));
    }

    /** Of these streams. */
    ReceivedOutput(Collection<OutputStreamName> wanted) {
        this.wanted = EnumSet.copyOf(wanted);
    }

    void add(OutputStreamName stream, long more) {
        bytes.merge(stream, more, Long::sum);
    }

    /** What is missing of an ended command's output. */
    List<Gap> gaps(ExecutionView end) {
        List<Gap> gaps = new ArrayList<>();
        for (OutputStreamName stream : wanted) {
            long have = bytes.getOrDefault(stream, 0L);
            Long kept = stream == OutputStreamName.STDOUT ? end.stdoutBytes() : end.stderrBytes();
            Long written = written(end, stream);
            if (kept != null && have < kept) {
                gaps.add(new Gap(stream, have, written == null ? kept : written, true));
            } else if (written != null && have < written) {
                gaps.add(new Gap(stream, have, written, false));
            } else if (written == null && Boolean.TRUE.equals(end.truncated()) && !isWholeFor(end, stream)) {
                gaps.add(new Gap(stream, have, null, false));
            }
        }
        return gaps;
    }

    /**
     * What is missing of a stream.
     *
     * @param from the byte that it begins with
     * @param to the byte that it ends before; absent where that is not known, and perhaps nothing is missing
     * @param removed whether the server had all of it, and has it no more
     */
    record Gap(OutputStreamName stream, long from, @Nullable Long to, boolean removed) {
        @Override
        public String toString() {
            return stream
                    + (to == null
                            ? " may have gone on after byte " + from
                            : " went on after byte " + from + ", to byte " + to);
        }
    }

    /** The server gives a length for the one stream that was cut, if it knows: then the other is whole. */
    private static boolean isWholeFor(ExecutionView end, OutputStreamName stream) {
        return written(end, stream == OutputStreamName.STDOUT ? OutputStreamName.STDERR : OutputStreamName.STDOUT)
                != null;
    }

    private static @Nullable Long written(ExecutionView end, OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? end.stdoutWritten() : end.stderrWritten();
    }
}
