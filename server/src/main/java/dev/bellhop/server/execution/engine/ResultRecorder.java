// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotHeldException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what only this process knows: what a guest has told, which its agent may have forgotten by then, and what callers
 * were told is under way. A write that fails is tried again until it works or the server stops. Thread safe.
 */
record ResultRecorder(ExecutionIntake intake, ExecutionJournal journal, Shutdown shutdown) {
    private static final Logger log = LoggerFactory.getLogger(ResultRecorder.class);
    private static final Backoff RETRY = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(10));

    /**
     * Returns once it is durable.
     *
     * @return the execution's revision from then on
     * @throws InterruptedException if the server stops while the store still fails; what was to be written is lost then
     */
    long write(Execution execution, List<OutputChunk> chunks) throws InterruptedException {
        return untilItWorks("the result of execution " + execution.id(), () -> journal.update(execution, chunks));
    }

    /** Likewise that somebody wants an execution to end. */
    void cancel(ExecutionId id, Duration grace) throws InterruptedException {
        var _ = untilItWorks("that execution " + id + " is to end", () -> intake.cancel(id, grace));
    }

    private <T> T untilItWorks(String what, Supplier<CompletableFuture<T>> write) throws InterruptedException {
        for (int failures = 0; ; failures++) {
            try {
                T written = write.get().join();
                if (failures > 0) {
                    log.info("Stored {} after {} tries", what, failures + 1);
                }
                return written;
            } catch (CompletionException | BellhopException e) {
                if (e.getCause() instanceof NotHeldException notHeld) {
                    throw notHeld;
                }
                // Once is enough: it may stay like this for long, for each of many executions.
                if (failures == 0) {
                    log.error("Cannot store {}; trying until it works", what, e);
                } else {
                    log.debug("Cannot store {} yet", what, e);
                }
            }
            if (shutdown.await(RETRY.pause(failures))) {
                throw new InterruptedException("the server stops");
            }
        }
    }
}
