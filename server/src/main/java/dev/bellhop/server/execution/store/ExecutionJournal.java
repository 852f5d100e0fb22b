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

/** Stores and reads executions for the process that runs them. */
public interface ExecutionJournal {
    /** Stores the intent to ask a guest to start an execution. Replaces an earlier intent. */
    CompletableFuture<Void> ask(ExecutionId id, StartIntent asked);

    /** Stores the handles that are open in a guest to read an execution's output. Replaces earlier handles. */
    CompletableFuture<Void> opened(ExecutionId id, OpenFiles files);

    /**
     * Replaces the stored execution and appends chunks to its output.
     *
     * @return its new revision
     */
    CompletableFuture<Long> update(Execution execution, List<OutputChunk> chunks);

    /** Returns all pending or running executions, oldest first. */
    List<Unfinished> unfinished();

    /**
     * An unfinished execution, with the data that a server needs to resume it.
     *
     * @param terms the {@link StartOptions#terms} of its start options; the terms of plain options if it is not pending
     * @param asked absent if no guest has received it
     * @param cancelGrace absent if no one has cancelled it
     * @param files handles that are open in its guest, if the server that opened them was killed
     */
    record Unfinished(
            Execution execution,
            long revision,
            StartOptions terms,
            @Nullable StartIntent asked,
            @Nullable Duration cancelGrace,
            OpenFiles files) {}

    /** Returns pending or running executions in a VM, newest first. */
    List<ExecutionId> unfinished(VmId vm, int limit);

    /** Returns the whole command of an execution, which can be long. */
    Optional<CommandLine> command(ExecutionId id);

    /** Returns the start options of an execution; empty if it is no longer pending. */
    Optional<StartOptions> startOptions(ExecutionId id);

    /**
     * Returns the bytes that {@link #command} and {@link #startOptions} read beside the execution itself; 0 for most.
     */
    long longBytes(ExecutionId id);

    /** Returns the size of the stored output, whatever the execution's own fields say; never marked as truncated. */
    OutputSize outputSize(ExecutionId id);
}
