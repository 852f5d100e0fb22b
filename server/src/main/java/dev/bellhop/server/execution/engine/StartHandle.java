// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.failure.BellhopException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A command whose start is stored, for the caller that waits for more. */
public interface StartHandle {
    /**
     * What came of a start.
     *
     * @param end how it ended, where it was waited for until then
     * @param replayed whether the execution is that of an earlier request with the same idempotency key
     */
    record Outcome(Execution execution, @Nullable ExecutionSnapshot end, boolean replayed) {}

    /** Whose start it is, whatever comes of it. */
    ExecutionId id();

    /** Whether an earlier request with the same idempotency key has made the execution. */
    boolean isReplayed();

    /**
     * Returns once the guest has given a pid and that is durable.
     *
     * @throws BellhopException why it was not started; {@code TOO_MANY_EXECUTIONS} where it still waits for its turn, and is
     *     not started; {@code START_UNCONFIRMED} where it may have been
     */
    Execution awaitPid(Deadline deadline);

    /**
     * Without a wait, returns as {@link #awaitPid} where the command starts at once, else immediately: it waits for its turn,
     * its agent or approval. With a wait, returns when the command has ended or the wait is over.
     *
     * @param wait for its end; zero for none
     * @param goesOn asked now and then: the wait is over where it says no
     * @param start by when it has to have started, where it starts at once
     * @throws BellhopException as {@link #awaitPid}, where its agent had to be there at once
     */
    Outcome await(Duration wait, BooleanSupplier goesOn, Deadline start);
}
