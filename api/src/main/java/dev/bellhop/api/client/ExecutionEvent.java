// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.v2.execution.ExecutionView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a stream of events tells. */
public sealed interface ExecutionEvent {

    /**
     * A piece of output.
     *
     * @param id where a stream goes on that is opened with it as the last one
     * @param offset number of the first byte in its stream
     * @param bytes as the command wrote them, at least one; not copied, so leave them as they are
     * @param readAt when the server read them from the guest; absent where that was not asked for, or is not known
     */
    @SuppressWarnings("ArrayRecordComponent") // Output is bytes; an event is read once and compared with nothing.
    record Output(
            String id,
            OutputStreamName stream,
            long offset,
            byte[] bytes,
            @Nullable Instant readAt) implements ExecutionEvent {

        @Override
        public String toString() {
            return "Output[id=" + id + ", stream=" + stream + ", offset=" + offset + ", " + bytes.length + " bytes]";
        }
    }

    /**
     * A state that the execution has come to. After one that has {@link ExecutionView#ended ended} there is nothing more.
     *
     * @param id as that of {@link Output}
     */
    record State(String id, ExecutionView execution) implements ExecutionEvent {}

    /** The server is there and has nothing to tell. */
    record Heartbeat() implements ExecutionEvent {}
}
