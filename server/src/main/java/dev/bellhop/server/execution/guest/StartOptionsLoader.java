// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to start one execution. It can be megabytes, so it is in memory only where it is short and starts at once. Else it
 * is read from the store when it is needed, and what is long counts against a limit that accounts share until it is let go of.
 * Used by one thread.
 *
 * @param execution as it is kept in memory
 * @param atHand absent where it waits for its turn or its agent, or is long
 */
public record StartOptionsLoader(
        Execution execution,
        StartOptions terms,
        @Nullable StartOptions atHand,
        ExecutionJournal journal,
        FairLimit limit) {
    /** In characters and bytes, without the command. */
    private static final int SHORT = 4096;

    /** Of one that starts at once. */
    public static StartOptionsLoader ofStartAtOnce(
            Execution execution, StartOptions options, ExecutionJournal journal, FairLimit limit) {
        boolean isShort = options.length() <= SHORT && !execution.hasMore();
        return new StartOptionsLoader(execution, options.terms(), isShort ? options : null, journal, limit);
    }

    public Duration deliveryTimeout() {
        return terms.deliveryTimeout();
    }

    /** Whether its caller wants no start that comes later than the answer. */
    public boolean callerWaits() {
        return terms.callerWaits();
    }

    boolean isAtHand() {
        return atHand != null;
    }

    /** What was read. It counts as long as it is open. */
    record Content(CommandLine command, StartOptions startOptions, Runnable letGo) implements AutoCloseable {
        @Override
        public void close() {
            letGo.run();
        }
    }

    /**
     * What it takes; to be let go of soon. Waits until there is memory for it.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}, or {@code OVERLOADED} where there is none in time
     */
    Content read(Deadline deadline) throws InterruptedException {
        CommandLine command = execution.spec().command();
        if (atHand != null) {
            return new Content(command, atHand, () -> {});
        }
        String holder = execution.spec().holder();
        long bytes = journal.longBytes(execution.id());
        if (bytes > 0 && !limit.take(holder, bytes, deadline.remaining())) {
            throw new BellhopException(
                    ErrorCode.OVERLOADED,
                    "Cannot start the command now because others of this account with long commands or much input are being"
                            + " started; try again when they are");
        }
        Runnable letGo = () -> limit.giveBack(holder, bytes);
        try {
            boolean isShort = !(command instanceof CommandLine.Truncated);
            return new Content(
                    isShort ? command : journal.command(execution.id()).orElseThrow(StartOptionsLoader::gone),
                    journal.startOptions(execution.id()).orElseThrow(StartOptionsLoader::gone),
                    letGo);
        } catch (RuntimeException | Error e) {
            letGo.run();
            throw e;
        }
    }

    private static IllegalStateException gone() {
        return new IllegalStateException("a pending execution has what it takes to start it");
    }
}
