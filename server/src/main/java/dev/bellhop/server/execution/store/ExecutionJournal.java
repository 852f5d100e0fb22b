// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What whoever runs executions stores of them, and has to know to run them. */
public interface ExecutionJournal {
    /** Stores that a guest is asked next to start an execution, in place of what was stored of that before. */
    CompletableFuture<Void> ask(ExecutionId id, StartIntent asked);

    /** Stores what is open in a guest to read an execution's output, in place of what was stored of that before. */
    CompletableFuture<Void> opened(ExecutionId id, OpenFiles files);

    /**
     * Replaces what is stored of an execution by this, and adds chunks to its output.
     *
     * @return its revision from then on
     */
    CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks);

    /** All executions that are pending or running, oldest first. */
    List<Unfinished> unfinished();

    /**
     * An execution that has not ended, with what a server has to know that takes it up.
     *
     * @param terms of its {@link StartOptions}; those of a plain one where it is not pending
     * @param asked absent where no guest has heard of it
     * @param cancelGrace absent where nobody has cancelled it
     * @param files what is open in its guest, if the server that opened it was killed
     */
    record Unfinished(
            Execution execution,
            long revision,
            StartOptions terms,
            @Nullable StartIntent asked,
            @Nullable Duration cancelGrace,
            OpenFiles files) {}

    /** Executions in a VM that are pending or running, newest first. */
    List<ExecutionId> unfinished(VmId vm, int limit);

    /** All of an execution's command, which may be long. */
    Optional<CommandLine> command(ExecutionId id);

    /** What it takes to start an execution; empty where it is not pending any more. */
    Optional<StartOptions> startOptions(ExecutionId id);

    /** How many bytes {@link #command} and {@link #startOptions} have to read beside the execution itself; 0 for most. */
    long longBytes(ExecutionId id);

    /** How much output is stored of an execution, whatever its own fields say; never called truncated. */
    OutputSize outputSize(ExecutionId id);
}
