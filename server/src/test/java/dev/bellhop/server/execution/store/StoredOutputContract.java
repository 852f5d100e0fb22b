// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.bytes;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.stdout;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.ReadTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Output is kept byte for byte, with when it was read. */
interface StoredOutputContract extends ExecutionStoreScene {
    @Test
    default void outputIsReadFromAnyOffset() {
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abcd"), stdout(4, "efgh"));
        updated(execution, stdout(8, "ij"), new OutputChunk(OutputStreamName.STDERR, 0, bytes("err")));

        String all = "abcdefghij";
        for (int offset = 0; offset <= 12; offset++) {
            for (int limit = 1; limit <= 12; limit++) {
                int from = Math.min(offset, all.length());
                int to = Math.min(from + limit, all.length());
                assertThat(output(execution, OutputStreamName.STDOUT, offset, limit))
                        .as("%d bytes from %d", limit, offset)
                        .isEqualTo(all.substring(from, to));
            }
        }
        assertThat(output(execution, OutputStreamName.STDERR, 1, 10)).isEqualTo("rr");
        assertThat(output(execution, OutputStreamName.STDOUT, Long.MAX_VALUE, Integer.MAX_VALUE))
                .isEmpty();
        assertThat(output(execution, OutputStreamName.STDOUT, 3, Integer.MAX_VALUE))
                .isEqualTo("defghij");
    }

    @Test
    default void anyBytesAreKept() {
        byte[] bytes = new byte[256 * 300];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Execution execution = inserted(pending(1));
        updated(execution, new OutputChunk(OutputStreamName.STDERR, 0, bytes));

        assertThat(store().reader().output(execution.id(), OutputStreamName.STDERR, 0, bytes.length))
                .isEqualTo(bytes);
    }

    /** A write whose answer was lost is repeated. */
    @Test
    default void aChunkThatIsWrittenAgainIsNotDoubled() {
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abc"));
        updated(execution, stdout(0, "abc"), stdout(3, "def"));

        assertThat(output(execution, OutputStreamName.STDOUT, 0, 100)).isEqualTo("abcdef");
    }

    @Test
    default void whenOutputWasReadIsKept() throws Exception {
        Instant time = Instant.parse("2026-01-31T09:30:00.001Z");
        Execution execution = inserted(pending(1));
        updated(execution, stdout(0, "abc").readAt(time), stdout(3, "d").readAt(time.plusMillis(1)));
        updated(execution, stdout(4, "ef"));
        updated(execution, new OutputChunk(OutputStreamName.STDERR, 0, bytes("err"), time));

        checkReadTimes(store().reader(), execution, time);
        checkReadTimes(reopened().reader(), execution, time);
    }

    private static void checkReadTimes(ExecutionReader reader, Execution execution, Instant time) {
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 0, 9))
                .containsExactly(new ReadTime(0, time), new ReadTime(3, time.plusMillis(1)), new ReadTime(4, null));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 2, 2))
                .containsExactly(new ReadTime(0, time), new ReadTime(3, time.plusMillis(1)));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDOUT, 5, 9))
                .containsExactly(new ReadTime(4, null));
        assertThat(reader.readTimes(execution.id(), OutputStreamName.STDERR, 0, 9))
                .containsExactly(new ReadTime(0, time));
        assertThat(reader.readTimes(pending(2).id(), OutputStreamName.STDOUT, 0, 9))
                .isEmpty();
        assertThat(reader.output(execution.id(), OutputStreamName.STDOUT, 0, 9)).isEqualTo(bytes("abcdef"));
    }

    @Test
    default void outputIsItsExecutionsOwn() {
        Execution one = inserted(pending(1));
        Execution two = inserted(pending(1));
        updated(one, stdout(0, "one"));
        updated(two, stdout(0, "two"));

        assertThat(output(one, OutputStreamName.STDOUT, 0, 9)).isEqualTo("one");
        assertThat(output(two, OutputStreamName.STDOUT, 0, 9)).isEqualTo("two");
    }

    @Test
    default void tellsHowMuchOutputIsStoredWhateverTheExecutionSays() {
        Execution running = updated(started(inserted(pending(1)), 1), stdout(0, "abc"));

        assertThat(store().journal().outputSize(running.id())).isEqualTo(new OutputSize(3, 0, false));
        assertThat(store().journal().outputSize(pending(1).id())).isEqualTo(OutputSize.NONE);
    }
}
