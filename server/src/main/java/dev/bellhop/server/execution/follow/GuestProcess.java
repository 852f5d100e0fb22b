// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command in its guest, from when it has been started. Used by one thread. */
public interface GuestProcess {
    sealed interface Ending {
        /**
         * It ended.
         *
         * @param size of all its output
         * @param last what is not stored yet of it
         */
        record Ended(ExecutionState state, ExitStatus exit, OutputSize size, List<OutputChunk> last)
                implements Ending {}

        /** Its supervisor has run nothing. */
        record NotRun(Reason reason) implements Ending {}

        /** How it ended will never be known. */
        record Lost(Reason reason) implements Ending {}
    }

    /** Takes what a command has written so far to where it is kept. */
    interface Sink {
        /** Returns once the chunks are durable. */
        void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException;

        /** What is open in the guest to read it, in place of what was before. */
        default void opened(OpenFiles files) {}

        /** Whether somebody follows its output, who is to see it at once. */
        default boolean isFollowed() {
            return true;
        }

        /** Where what is not kept goes; absent where nobody may follow. */
        default @Nullable OutputRelay passing() {
            return null;
        }
    }

    /** Looks once: takes what output there is, and tells the end where there is one. */
    @Nullable
    Ending look(Sink sink) throws InterruptedException;

    Duration pause();

    /** Has this called, on any thread, where it is known that a look will tell something new; it need never be. */
    default void onOver(Runnable wake) {}

    /** Leaves nothing of it open in the guest, after its end is stored or where the server stops. */
    void close(boolean ended);
}
